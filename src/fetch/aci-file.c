/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aci-file.h"

#include <fcntl.h>
#include "base/path.h"
#include "fetch/aci.h"
#include "fetch/local-file.h"
#include "fetch/signature.h"

static int take_signature(void *userdata, Error *err)
{
	int *fd = userdata;

	return TAKE_FD(*fd);
}

int aci_file_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int file = -1, signature = -1;
	AciSource source = {.userdata = &signature};
	int r = path_absolute(ref->path, &path);

	if (r < 0)
		return fail_errno(err, r, "%s", ref->path);
	if (!fetch_goes_unsigned(context)) {
		signature = signature_open_file(context, path, err);
		if (signature < 0)
			return signature;
		source.signature = take_signature;
	}
	file = local_file_open(AT_FDCWD, path, &source.size, err);
	if (file < 0)
		return file;
	source.what = path;
	source.file = file;
	return aci_import(context, &source, ret_key, err);
}
