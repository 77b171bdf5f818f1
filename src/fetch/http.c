/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/http.h"

#include <ctype.h>
#include <pthread.h>
#include <strings.h>
#include <curl/curl.h>

#define CONNECT_SECONDS  20L
#define STALL_SECONDS    30
#define REDIRECTS_MAX    10L
#define HEADERS_MAX      (256u << 10)
#define OTHER_BODY_MAX   (1u << 20) /* of a redirect or an error page */
#define RECEIVE_BUFFER   (256L << 10)
#define IDLE_HANDLES_MAX 8
#define STATUS_OK        200

struct Http {
	HttpOptions options;
	pthread_mutex_t lock;
	CURL *idle[IDLE_HANDLES_MAX]; /* with their open connections */
	size_t n_idle;
};

typedef struct Transfer {
	CURL *curl;
	const HttpRequest *request;
	HttpResponse response;
	uint64_t received;
	size_t header_bytes;
	time_t last_byte; /* monotonic seconds; time spent in the sink is not the network's fault */
	int sink_result;
	Error *err;
	char why[CURL_ERROR_SIZE];
} Transfer;

int http_setup(Error *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(err, -ENOMEM, "cannot set up libcurl");
	return 0;
}

int http_new(const HttpOptions *options, Http **ret, Error *err)
{
	Http *h = calloc(1, sizeof *h);

	if (!h)
		return fail_oom(err);
	h->options = *options;
	(void)pthread_mutex_init(&h->lock, NULL);
	*ret = h;
	return 0;
}

Http *http_free(Http *h)
{
	if (!h)
		return NULL;
	for (size_t i = 0; i < h->n_idle; i++)
		curl_easy_cleanup(h->idle[i]);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
	return NULL;
}

static CURL *take_handle(Http *h)
{
	CURL *curl = NULL;

	(void)pthread_mutex_lock(&h->lock);
	if (h->n_idle > 0)
		curl = h->idle[--h->n_idle];
	(void)pthread_mutex_unlock(&h->lock);
	return curl ? curl : curl_easy_init();
}

static void give_handle(Http *h, CURL *curl)
{
	/* Its options point to what the transfer had; closing connections writes there too. */
	curl_easy_reset(curl);
	(void)pthread_mutex_lock(&h->lock);
	if (h->n_idle < IDLE_HANDLES_MAX) {
		h->idle[h->n_idle++] = curl;
		curl = NULL;
	}
	(void)pthread_mutex_unlock(&h->lock);
	curl_easy_cleanup(curl);
}

static time_t monotonic_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Copies the value of a header line, without blanks around it. A longer one is cut. */
static void copy_value(char *to, size_t size, const char *value, size_t len)
{
	while (len > 0 && isspace((unsigned char)*value)) {
		value++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)value[len - 1]))
		len--;
	len = MIN(len, size - 1);
	memcpy(to, value, len);
	to[len] = '\0';
}

static size_t on_header(char *line, size_t one, size_t len, void *userdata)
{
	Transfer *t = userdata;
	HttpResponse *re = &t->response;
	const struct {
		const char *name;
		char *value;
		size_t size;
	} wanted[] = {
		{"content-type:", re->content_type, sizeof re->content_type},
		{"docker-content-digest:", re->digest, sizeof re->digest},
		{"www-authenticate:", re->challenge, sizeof re->challenge},
	};

	t->last_byte = monotonic_seconds();
	t->header_bytes += len;
	if (t->header_bytes > HEADERS_MAX)
		return 0;
	/* The status line of this answer, or of the one behind a redirect. */
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		*re = (HttpResponse){0};
		t->received = 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		size_t n = strlen(wanted[i].name);

		if (len >= n && strncasecmp(line, wanted[i].name, n) == 0)
			copy_value(wanted[i].value, wanted[i].size, line + n, len - n);
	}
	re->content_type[strcspn(re->content_type, "; ")] = '\0';
	return len;
}

static size_t on_body(char *data, size_t one, size_t len, void *userdata)
{
	Transfer *t = userdata;
	bool wanted;
	long status = 0;

	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	wanted = status == STATUS_OK;
	t->received += len;
	if (t->received > (wanted ? t->request->max_body : OTHER_BODY_MAX)) {
		t->sink_result =
			fail(t->err, -EFBIG, "GET %s: the answer is too large", t->request->url);
		return 0;
	}
	if (wanted && len > 0)
		t->sink_result = sink_write(&t->request->body, data, len, t->err);
	t->last_byte = monotonic_seconds();
	return t->sink_result < 0 ? 0 : len;
}

static int on_progress(
	void *userdata, curl_off_t total, curl_off_t now, curl_off_t utotal, curl_off_t unow)
{
	Transfer *t = userdata;
	curl_off_t connect_time = 0;

	/* Before the connection stands its own timeout counts. */
	(void)curl_easy_getinfo(t->curl, CURLINFO_CONNECT_TIME_T, &connect_time);
	return connect_time > 0 && monotonic_seconds() - t->last_byte > STALL_SECONDS;
}

/* Certificate authorities of the user's own, by the variables that OpenSSL and Go programs know. */
static void set_authorities(CURL *c)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	if (file && *file)
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, file);
	if (dir && *dir)
		(void)curl_easy_setopt(c, CURLOPT_CAPATH, dir);
}

static void set_options(const Http *h, Transfer *t, struct curl_slist *headers)
{
	const char *protocols = h->options.allow_http ? "http,https" : "https";
	CURL *c = t->curl;

	(void)curl_easy_setopt(c, CURLOPT_URL, t->request->url);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "rkt/" RKT_VERSION);
	(void)curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, h->options.insecure_tls ? 0L : 1L);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, h->options.insecure_tls ? 0L : 2L);
	set_authorities(c);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
	(void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
}

static int connect_error(Transfer *t, const char *url, Error *err)
{
	long os_error = 0;

	(void)curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &os_error);
	return fail_errno(
		err, os_error > 0 ? -(int)os_error : -ECONNREFUSED, "GET %s: cannot connect", url);
}

static int tls_error(Transfer *t, const char *url, Error *err)
{
	int r = fail(err, -EPROTO, "GET %s: TLS failure: %s", url, t->why);

	error_hint(err,
		"--insecure-options=tls skips the checks, if you know who is at the other end");
	return r;
}

static int transfer_error(Transfer *t, CURLcode code, Error *err)
{
	/* The last URL tried, which a redirect may have changed. */
	const char *url = NULL;

	(void)curl_easy_getinfo(t->curl, CURLINFO_EFFECTIVE_URL, &url);
	url = url && *url ? url : t->request->url;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return fail(err, -EHOSTUNREACH, "GET %s: no such host", url);
	case CURLE_COULDNT_CONNECT: return connect_error(t, url, err);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(err, -ETIMEDOUT, "GET %s: no connection within %ld s", url,
			CONNECT_SECONDS);
	case CURLE_ABORTED_BY_CALLBACK:
		return fail(
			err, -ETIMEDOUT, "GET %s: no data for %d s, giving up", url, STALL_SECONDS);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE: return tls_error(t, url, err);
	case CURLE_TOO_MANY_REDIRECTS:
		return fail(err, -ELOOP, "GET %s: too many redirects", t->request->url);
	case CURLE_UNSUPPORTED_PROTOCOL:
		return fail(err, -EPROTO, "GET %s: redirected to another protocol than https",
			t->request->url);
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
		return fail(err, -EPIPE,
			"GET %s: the connection was closed too early, after %llu bytes", url,
			(unsigned long long)t->received);
	case CURLE_OUT_OF_MEMORY: return fail_oom(err);
	default:
		return fail(err, -EPROTO, "GET %s: %s", url,
			t->why[0] ? t->why : curl_easy_strerror(code));
	}
}

static int perform(Http *h, Transfer *t, struct curl_slist *headers, Error *err)
{
	CURLcode code;

	set_options(h, t, headers);
	t->last_byte = monotonic_seconds();
	code = curl_easy_perform(t->curl);
	if (t->sink_result < 0)
		return t->sink_result;
	if (code != CURLE_OK)
		return transfer_error(t, code, err);
	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->response.status);
	return 0;
}

int http_get(Http *h, const HttpRequest *request, HttpResponse *ret, Error *err)
{
	Error unused = ERROR_INIT;
	Transfer t = {.curl = take_handle(h), .request = request, .err = err ? err : &unused};
	struct curl_slist *headers = NULL;
	char accept[512];
	int r;

	if (!t.curl)
		return fail_oom(err);
	if (request->accept) {
		(void)snprintf(accept, sizeof accept, "Accept: %s", request->accept);
		headers = curl_slist_append(NULL, accept);
	}
	r = request->accept && !headers ? fail_oom(err) : perform(h, &t, headers, err);
	curl_slist_free_all(headers);
	give_handle(h, t.curl);
	if (r == 0)
		*ret = t.response;
	return r;
}
