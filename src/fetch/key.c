/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/key.h"

#include "base/strbuf.h"
#include "fetch/image-source.h"
#include "trust/keystore.h"

int key_fetch(const HttpOptions *options, const char *url, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_http_ Http *http = NULL;
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(KEY_FILE_MAX);
	HttpRequest request = {.url = url, .max_body = KEY_FILE_MAX, .body = {sink_collect, &text}};
	HttpResponse response;
	int r = http_new(options, &http, err);

	if (r == 0)
		r = http_request(http, &request, &response, err);
	if (r < 0)
		return r;
	if (response.status != HTTP_OK)
		return fail(
			err, -EINVAL, "GET %s: bad HTTP status code: %ld", url, response.status);
	return strbuf_finish(&text, ret, ret_len) < 0 ? fail_oom(err) : 0;
}
