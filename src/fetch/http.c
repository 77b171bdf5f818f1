/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/http.h"

#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include "base/monotonic.h"
#include "fetch/http-internal.h"

#define REDIRECTS_MAX    10L
#define HEADERS_MAX      (256u << 10)
#define OTHER_BODY_MAX   (1u << 20) /* of a redirect or an error page */
#define RECEIVE_BUFFER   (256L << 10)
#define IDLE_HANDLES_MAX 8
#define REFUSALS         400 /* statuses from here on */

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
	bool connected;   /* and the request is sent */
	bool begun;       /* request->begin() was called, or the body needs none */
	int result;       /* of the caller's functions */
	Error *err;
	char why[CURL_ERROR_SIZE];
} Transfer;

int http_setup(Error *err)
{
	const char *proxy = getenv("HTTP_PROXY");

	/* libcurl passes this one over, since a CGI program gets what a client sends as "Proxy:"
	 * in it. */
	if (proxy && !getenv("REQUEST_METHOD"))
		(void)setenv("http_proxy", proxy, 0);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(err, -ENOMEM, "cannot set up libcurl");
	return 0;
}

void http_add_header(HttpRequest *request, const char *line)
{
	size_t n = 0;

	while (n < HTTP_HEADERS_MAX && request->headers[n])
		n++;
	if (n < HTTP_HEADERS_MAX)
		request->headers[n] = line;
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

static size_t on_header(char *line, size_t one, size_t len, void *userdata)
{
	Transfer *t = userdata;

	t->last_byte = monotonic_seconds();
	t->header_bytes += len;
	if (t->header_bytes > HEADERS_MAX)
		return 0;
	/* The status line of this answer, or of the one behind a redirect. */
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		t->response = (HttpResponse){0};
		t->received = 0;
	}
	http_header_take(&t->response, line, len);
	return len;
}

/* Keeps what a server says about its refusal, as far as it is text. */
static void keep_text(HttpResponse *re, const char *data, size_t len)
{
	size_t have = strlen(re->text);

	for (size_t i = 0; i < len && data[i] != '\0' && have < sizeof re->text - 1; i++)
		re->text[have++] = data[i];
	re->text[have] = '\0';
}

static int take_wanted(Transfer *t, const char *data, size_t len)
{
	const HttpRequest *request = t->request;
	int r = 0;

	if (!t->begun && request->begin)
		r = request->begin(request->body.userdata, &t->response, t->err);
	t->begun = true;
	return r == 0 ? sink_write(&request->body, data, len, t->err) : r;
}

static size_t on_body(char *data, size_t one, size_t len, void *userdata)
{
	Transfer *t = userdata;
	long *status = &t->response.status;
	bool wanted;

	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, status);
	wanted = *status == HTTP_OK || (*status == HTTP_PARTIAL_CONTENT && t->request->offset > 0);
	t->received += len;
	if (t->received > (wanted ? t->request->max_body : OTHER_BODY_MAX))
		t->result =
			fail(t->err, -EFBIG, "GET %s: the answer is too large", t->request->url);
	else if (!wanted)
		keep_text(&t->response, data, len);
	else if (len > 0)
		t->result = take_wanted(t, data, len);
	t->last_byte = monotonic_seconds();
	return t->result < 0 ? 0 : len;
}

/* A connection stands, a new or an old one. */
static int on_connected(void *userdata, char *to, char *from, int to_port, int from_port)
{
	Transfer *t = userdata;

	t->connected = true;
	t->last_byte = monotonic_seconds();
	return CURL_PREREQFUNC_OK;
}

static int on_progress(
	void *userdata, curl_off_t total, curl_off_t now, curl_off_t utotal, curl_off_t unow)
{
	Transfer *t = userdata;

	/* Before the connection stands its own timeout counts. */
	return t->connected && monotonic_seconds() - t->last_byte > HTTP_STALL_SECONDS;
}

/* libcurl's own sockets would be inherited by programs that are started meanwhile. */
static curl_socket_t open_socket(
	void *userdata, curlsocktype purpose, struct curl_sockaddr *address)
{
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Authorities of the server's own come beside the directory of the system's. Those of the user take
 * their place, by the variables that OpenSSL and Go programs know. */
static void set_certificates(const HttpOptions *options, CURL *c)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, options->insecure_tls ? 0L : 1L);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, options->insecure_tls ? 0L : 2L);
	if (file && *file)
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, file);
	if (dir && *dir)
		(void)curl_easy_setopt(c, CURLOPT_CAPATH, dir);
	if (options->authorities) {
		struct curl_blob blob = {(char *)options->authorities, strlen(options->authorities),
			CURL_BLOB_NOCOPY};

		(void)curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob);
	}
	if (options->client_cert) {
		(void)curl_easy_setopt(c, CURLOPT_SSLCERT, options->client_cert);
		(void)curl_easy_setopt(c, CURLOPT_SSLKEY, options->client_key);
	}
}

static void set_callbacks(Transfer *t)
{
	CURL *c = t->curl;

	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
	(void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	(void)curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
}

static void set_options(const Http *h, Transfer *t, struct curl_slist *headers)
{
	const char *protocols = h->options.allow_http ? "http,https" : "https";
	const HttpRequest *request = t->request;
	CURL *c = t->curl;

	(void)curl_easy_setopt(c, CURLOPT_URL, request->url);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (request->form)
		(void)curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, request->form);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	/* What a form says is for its first reader alone. */
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, request->form ? 0L : 1L);
	(void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "rkt/" RKT_VERSION);
	(void)curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, HTTP_CONNECT_SECONDS);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	set_certificates(&h->options, c);
	set_callbacks(t);
}

/* NULL when there is no memory. There is always one header at least, so that NULL means nothing
 * else: libcurl would ask a server that got a form whether it wants it. */
static struct curl_slist *build_headers(const HttpRequest *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *longer = list;
	char line[640];

	if (request->accept) {
		(void)snprintf(line, sizeof line, "Accept: %s", request->accept);
		longer = list ? curl_slist_append(list, line) : NULL;
	}
	if (longer && request->offset > 0) {
		(void)snprintf(line, sizeof line, "Range: bytes=%llu-",
			(unsigned long long)request->offset);
		longer = curl_slist_append(list, line);
	}
	for (size_t i = 0; longer && i < HTTP_HEADERS_MAX && request->headers[i]; i++)
		longer = curl_slist_append(list, request->headers[i]);
	if (!longer)
		curl_slist_free_all(list);
	return longer;
}

/* Whether both are of the same scheme, host and port. */
static bool same_origin(const char *a, const char *b)
{
	const char *behind = strstr(a, "://");
	size_t len = behind ? (size_t)(behind - a) + 3 : 0;

	len += strcspn(a + len, "/?#");
	return strncasecmp(a, b, len) == 0 && (b[len] == '\0' || strchr("/?#", b[len]));
}

/* What is known only when all redirects are behind. */
static void take_outcome(Transfer *t)
{
	const char *url = NULL;

	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->response.status);
	(void)curl_easy_getinfo(t->curl, CURLINFO_EFFECTIVE_URL, &url);
	t->response.elsewhere = !url || !same_origin(t->request->url, url);
}

static int perform(Http *h, Transfer *t, Error *err)
{
	struct curl_slist *headers = build_headers(t->request);
	CURLcode code;

	if (!headers)
		return fail_oom(err);
	set_options(h, t, headers);
	t->last_byte = monotonic_seconds();
	code = curl_easy_perform(t->curl);
	curl_slist_free_all(headers);
	if (t->result < 0)
		return t->result;
	take_outcome(t);
	/* A refusal is one also when its text is cut short: Docker's registry announces more than
	 * it sends with a 416. */
	if (code == CURLE_PARTIAL_FILE && t->response.status >= REFUSALS)
		return 0;
	if (code != CURLE_OK)
		return http_transfer_error(t->curl, code, t->request, t->why, t->received, err);
	return 0;
}

int http_request(Http *h, const HttpRequest *request, HttpResponse *ret, Error *err)
{
	Error unused = ERROR_INIT;
	Transfer t = {.curl = take_handle(h), .request = request, .err = err ? err : &unused};
	int r;

	if (!t.curl)
		return fail_oom(err);
	r = perform(h, &t, err);
	give_handle(h, t.curl);
	if (r == 0)
		*ret = t.response;
	return r;
}
