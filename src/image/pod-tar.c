/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pod-tar.h"

#include "base/transfer.h"
#include "fetch/local-file.h"
#include "fetch/pipeline.h"

/* A PackWrite. */
static int write_out(void *userdata, const void *data, size_t len, Error *err)
{
	const int *fd = userdata;
	int r = fd_write(*fd, data, len);

	return r < 0 ? fail_errno(err, r, "write the tar") : 0;
}

int pod_tar_pack(const PackTree *tree, int out, Error *err)
{
	int r = pack_tree(tree, write_out, &out, err);

	return r > 0 ? fail(err, -EINVAL, "nothing was copied") : r;
}

/* A Pipeline.produce. */
static int send_all(void *userdata, Sink sink, Error *err)
{
	const int *fd = userdata;

	return local_stream_send(*fd, sink, err);
}

int pod_tar_unpack(int in, int dir, const UnpackAmong *among, Error *err)
{
	const Pipeline pipeline = {
		.produce = send_all,
		.userdata = &in,
		.intake = {.size = -1,
			.tar_kind = DIGEST_SHA256,
			.max_tar = UINT64_MAX,
			.unknown = "that is no tar"},
		.unpack = {.what = "the standard input",
			.limits = {UINT64_MAX, UINT64_MAX},
			.among = among},
		.root_fd = dir,
	};
	char hex[DIGEST_HEX_MAX + 1];
	UnpackResult result;

	return pipeline_run(&pipeline, &result, hex, err);
}
