/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/http-internal.h"

static int connect_error(CURL *curl, const char *verb, const char *url, Error *err)
{
	long os_error = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
	return fail_errno(err, os_error > 0 ? -(int)os_error : -ECONNREFUSED,
		"%s %s: cannot connect", verb, url);
}

static int tls_error(const char *verb, const char *url, const char *why, Error *err)
{
	int r = fail(err, -EPROTO, "%s %s: TLS failure: %s", verb, url, why);

	error_hint(err,
		"an authority of your own is named by SSL_CERT_FILE or, for a registry, put into "
		"certs.d of the configuration; --insecure-options=tls skips the checks, if you "
		"know who is at the other end");
	return r;
}

int http_transfer_error(CURL *curl, CURLcode code, const HttpRequest *request, const char *why,
	uint64_t received, Error *err)
{
	const char *verb = request->form ? "POST" : "GET", *url = NULL;

	/* The last URL tried, which a redirect may have changed. */
	(void)curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url);
	url = url && *url ? url : request->url;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return fail(err, -EHOSTUNREACH, "%s %s: no such host", verb, url);
	case CURLE_COULDNT_CONNECT: return connect_error(curl, verb, url, err);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(err, -ETIMEDOUT, "%s %s: no connection within %ld s", verb, url,
			HTTP_CONNECT_SECONDS);
	case CURLE_ABORTED_BY_CALLBACK:
		return fail(err, -ETIMEDOUT, "%s %s: no data for %d s, giving up", verb, url,
			HTTP_STALL_SECONDS);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE: return tls_error(verb, url, why, err);
	case CURLE_TOO_MANY_REDIRECTS:
		return fail(err, -ELOOP, "%s %s: too many redirects", verb, request->url);
	case CURLE_UNSUPPORTED_PROTOCOL:
		return fail(err, -EPROTO, "%s %s: %s", verb, request->url,
			strstr(why, "HTTP/0.9") ? "what answers there does not speak HTTP"
						: "redirected to another protocol than https");
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return fail(err, -EPIPE,
			"%s %s: the connection was closed too early, after %llu bytes", verb, url,
			(unsigned long long)received);
	case CURLE_OUT_OF_MEMORY: return fail_oom(err);
	default:
		return fail(err, -EPROTO, "%s %s: %s", verb, url,
			why[0] ? why : curl_easy_strerror(code));
	}
}

bool http_error_is_network(int r)
{
	return r == -EPIPE || r == -ETIMEDOUT || r == -ECONNREFUSED || r == -ECONNRESET ||
	       r == -ENETUNREACH || r == -EHOSTUNREACH;
}

bool http_status_is_busy(long status)
{
	return status == HTTP_TOO_MANY_REQUESTS ||
	       (status >= 500 && status != 501 && status != 505);
}
