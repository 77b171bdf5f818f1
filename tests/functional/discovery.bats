#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ACIs behind URLs and names: a real web server with pages that say where the images are, by https and http.

load lib.bash
load keys.bash

# All images are below "localhost", a name that needs no name server. Its pages are at https://localhost, port 443 of
# the network namespace of this file.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	make_keyring "$PWD/gnupg"
	make_key jo ed25519
	make_key eve ed25519
	mkdir -p web/keys
	cp jo.asc eve.asc web/keys
	make_certificate .
	WEB=$PWD/web
	mkdir -p "$WEB/images" "$WEB/team"
	make_images
	htpasswd -Bbn alice secret >htpasswd
	start_server
	start_front
}

teardown_file() {
	kill "$NGINX_PID" "$FRONT_PID"
	end_keyring
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_FILE_TMPDIR"
	export SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca.pem
	rm -f access.log faults log
	kill -USR1 "$NGINX_PID"
	wait_until test -e access.log
	rm -f web/index.html web/team/index.html
	page "ac-discovery localhost https://localhost/images/{name}-{version}-{os}-{arch}.{ext}"
}

teardown() {
	common_teardown
}

# aci NAME VERSION [FILTER]: an image below web/images, with a signature of jo's and its manifest changed by a filter of
# jq. It prints its version.
aci() {
	local file=web/images/$1-$2-linux-amd64.aci
	mkdir -p "$(dirname "$file")"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR make_aci "$file" ".name = \"$1\" | .app.exec = [\"/bin/echo\", \"version\", \"$2\"]
		| .labels |= map(if .name == \"version\" then .value = \"$2\" else . end) ${3:-}"
	sign jo "$file" "$file.asc"
}

# A stage1 whose entry point fails.
stage1() {
	aci "$1" 1.0 '| .annotations = [{"name": "coreos.com/rkt/stage1/run", "value": "/bin/false"}]'
}

make_images() {
	stage1 localhost/team/stage1
	aci localhost/team/app 1.0
	aci localhost/team/app latest
	aci localhost/protected/app 1.0
}

start_server() {
	free_port >other.port
	start_nginx "$PWD" <<-CONF
		log_format requests '\$scheme:\$server_port \$request_method \$request_uri \$status "\$http_range" "\$http_authorization"';
		access_log $PWD/access.log requests;
		types { text/html html; }
		ssl_certificate $PWD/server.pem;
		ssl_certificate_key $PWD/server.key;
		root $PWD/web;
		server {
			listen 127.0.0.1:443 ssl;
			listen 127.0.0.1:$(cat other.port) ssl;
			listen 127.0.0.1:80;
			location / { try_files \$uri \$uri/index.html =404; }
			location /images/localhost/protected/ { auth_basic test; auth_basic_user_file $PWD/htpasswd; }
			location /hour/ { alias $PWD/web/images/; expires 1h; }
			location /never/ { alias $PWD/web/images/; add_header Cache-Control "max-age=3600, no-cache"; }
			location ~ ^/moved/(.*) { return 302 https://127.0.0.1:$(cat other.port)/images/\$1; }
			location /circle/ { return 302 \$uri; }
		}
	CONF
	export NGINX_PID
	wait_until curl -so /dev/null --cacert ca.pem https://localhost/
}

# The proxy of faults, by http, in front of nginx.
start_front() {
	local port
	port=$(free_port)
	"$BATS_TEST_DIRNAME/faulty-proxy" "$port" http://127.0.0.1:80 "$PWD" >front.log 2>&1 3>&- &
	export FRONT_PID=$! FRONT=http://127.0.0.1:$port
	wait_until curl -so /dev/null "$FRONT/"
}

# page TAG...: the page of "localhost", with such meta tags; page_of DIR TAG...: that of a name below it.
page() {
	page_of . "$@"
}

page_of() {
	local dir=$1 tag
	shift
	for tag; do
		echo "<meta name=\"${tag%% *}\" content=\"${tag#* }\">"
	done >"web/$dir/index.html"
}

# requests: what nginx was asked for, "METHOD PATH STATUS" a line.
requests() {
	cut -d' ' -f2-4 access.log
}

fetch() {
	run --separate-stderr rkt fetch "$@"
}

trust() {
	rkt trust --skip-fingerprint-review --prefix=localhost "${1:-jo}.asc" >/dev/null
}

ARCH_FILE=localhost/team/app-1.0-linux-amd64.aci

@test "a name leads to an image and its signature, by the pages above it" {
	trust
	fetch localhost/team/app:1.0
	expect_status 0
	expect_match "$stderr" 'signature verified:.*jo <jo@example.com>'
	expect_equal "$(requests)" "GET /team/app?ac-discovery=1 404
GET /team?ac-discovery=1 404
GET /?ac-discovery=1 200
GET /images/$ARCH_FILE.asc 200
GET /images/$ARCH_FILE 200"
	pod "${lines[-1]}"
	expect_equal "$output" 'version 1.0'
}

@test "the page of a name itself comes before those above it" {
	trust
	page_of team "ac-discovery localhost/team https://localhost/images/{name}-1.0-{os}-{arch}.{ext}"
	page "ac-discovery localhost https://localhost/nowhere/{name}.{ext}"
	fetch localhost/team/app:1.0
	expect_status 0
}

@test "run by a name fetches once" {
	trust
	for _ in 1 2; do
		pod localhost/team/app:1.0
		expect_status 0
		expect_equal "$output" 'version 1.0'
	done
	expect_equal "$(requests | grep -c 'aci 200')" 1
	pod --pull-policy=update localhost/team/app:1.0
	expect_equal "$output" 'version 1.0'
	expect_equal "$(requests | tail -n 1)" "GET /images/$ARCH_FILE 304"
}

@test "run by a URL fetches once" {
	trust
	for _ in 1 2; do
		pod "https://localhost/images/$ARCH_FILE"
		expect_status 0
		expect_equal "$output" 'version 1.0'
	done
	expect_equal "$(requests | grep -v asc)" "GET /images/$ARCH_FILE 200"
	pod --pull-policy=update "https://localhost/images/$ARCH_FILE"
	expect_equal "$(requests | tail -n 1)" "GET /images/$ARCH_FILE 304"
}

@test "without a version the latest is asked for, and found again by that" {
	trust
	aci localhost/team/app latest
	fetch --insecure-options=image localhost/team/app
	expect_status 0
	fetch localhost/team/app:1.0
	pod localhost/team/app
	expect_equal "$output" 'version latest'
}

@test "a manifest that says something else than was asked for is refused" {
	trust
	cp "web/images/$ARCH_FILE" web/images/localhost/team/app-2.0-linux-amd64.aci
	cp "web/images/$ARCH_FILE.asc" web/images/localhost/team/app-2.0-linux-amd64.aci.asc
	cp "web/images/$ARCH_FILE" web/images/localhost/team/other-1.0-linux-amd64.aci
	cp "web/images/$ARCH_FILE.asc" web/images/localhost/team/other-1.0-linux-amd64.aci.asc
	fetch localhost/team/app:2.0
	expect_status 254
	expect_match "$stderr" 'requested value for label "version": "2.0" differs from fetched aci label value: "1.0"'
	fetch localhost/team/other:1.0
	expect_status 254
	expect_match "$stderr" 'error when reading the app name: "localhost/team/other" expected but "localhost/team/app" found'
	fetch localhost/team/app:1.0,channel=beta
	expect_status 254
	expect_match "$stderr" 'requested label "channel" not provided by the image manifest'
	expect_equal "$(rkt image list --no-legend)" ""
}

@test "templates that ask for more than the name says are passed over, and places without the image" {
	trust
	page "ac-discovery localhost https://localhost/{channel}/{name}.{ext}" \
		"ac-discovery example.com https://localhost/images/{name}.{ext}" \
		"ac-discovery localhost https://localhost/nowhere/{name}.{ext}" \
		"ac-discovery localhost https://localhost/images/{name}-{version}-{os}-{arch}.{ext}"
	fetch localhost/team/app:1.0
	expect_status 0
	expect_match "$(requests)" "GET /nowhere/localhost/team/app.aci.asc 404"
}

@test "a template that is no plain URL leads nowhere, and no credentials with it" {
	trust
	mkdir -p "$RKT_CONFIG/auth.d"
	jq -n '{rktKind: "auth", rktVersion: "v1", domains: ["images.example.com"], type: "basic",
		credentials: {user: "alice", password: "secret"}}' >"$RKT_CONFIG/auth.d/test.json"
	for template in 'https:/localhost/://images.example.com/x.{ext}' 'https://localhost\@images.example.com/x.{ext}' \
		'https://images.example.com@localhost/x.{ext}' 'file:///etc/passwd.{ext}'; do
		page "ac-discovery localhost $template"
		fetch localhost/team/app:1.0
		expect_status 254
		expect_match "$stderr" 'discovery failed for'
	done
	refute_match "$(<access.log)" 'Basic|images.example.com'
}

@test "that nothing has changed is believed only of what was fetched" {
	echo '9 aci status 304' >faults
	fetch --insecure-options=image "$FRONT/images/$ARCH_FILE"
	expect_status 254
	expect_match "$stderr" 'bad HTTP status code: 304'
}

@test "a name that leads nowhere" {
	page "ac-discovery example.com https://localhost/{name}.{ext}"
	fetch localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'discovery failed for "localhost/team/app"'
	fetch nosuch.invalid/app
	expect_status 254
	expect_match "$stderr" 'discovery failed for "nosuch.invalid/app": GET https://nosuch.invalid/app.*: no such host'
	fetch --debug localhost/team/app:1.0
	expect_match "$stderr" 'bad HTTP status code: 404'
}

@test "an image that nobody trusted has signed is refused" {
	fetch localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'openpgp: signature made by unknown entity'
	expect_match "$stderr" 'rkt trust --prefix localhost/team/app'
	trust eve
	fetch localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'If you expected the signing key to change, try running:'
	expect_equal "$(rkt image list --no-legend)" ""
}

# Keys that nobody has stored: where their owner's pages say that they are.
KEYS='ac-discovery-pubkeys localhost https://localhost/keys'
IMAGES="ac-discovery localhost https://localhost/images/{name}-{version}-{os}-{arch}.{ext}"

# stored: the files of the keystore.
stored() {
	find "$RKT_CONFIG/trustedkeys" -type f -printf '%P\n' 2>/dev/null | sort
}

@test "trust --prefix alone finds the keys of the prefix, and reviews each" {
	page "$KEYS/jo.asc" "$KEYS/eve.asc" "ac-discovery-pubkeys example.com https://localhost/keys/absent.asc"
	run --separate-stderr rkt trust --skip-fingerprint-review=true --prefix=localhost/team --debug=false
	expect_status 0
	expect_equal "$(stored)" "$(printf 'prefix.d/localhost/team/%s\n' "$(fingerprint jo)" "$(fingerprint eve)" | sort)"
	expect_match "$stderr" 'key: "https://localhost/keys/jo.asc".*key: "https://localhost/keys/eve.asc"'
	expect_match "$output" 'Trusting "https://localhost/keys/jo.asc" for prefix "localhost/team" without fingerprint review.'
	fetch localhost/team/app:1.0
	expect_status 254
	page "$IMAGES"
	fetch localhost/team/app:1.0
	expect_status 0
}

@test "keys that were found are asked about at a terminal, one after the other" {
	page "$KEYS/eve.asc" "$KEYS/jo.asc"
	rkt_command
	run "$BATS_TEST_DIRNAME/at-terminal" 24x200 "${RKT_COMMAND[@]}" trust --prefix=localhost <<-'STEPS'
		wait Are you sure you want to trust this key (yes/no)?
		type no\r
		wait not trusting "https://localhost/keys/eve.asc"
		wait Are you sure you want to trust this key (yes/no)?
		type yes\r
	STEPS
	expect_match "$output" 'status 0$'
	expect_equal "$(stored)" "prefix.d/localhost/$(fingerprint jo)"
}

@test "trust --prefix of a prefix whose pages name no key, or none that may be had" {
	for location in /etc/passwd file:///etc/passwd ftp://localhost/jo.asc; do
		page "ac-discovery-pubkeys localhost $location"
		run --separate-stderr rkt trust --skip-fingerprint-review --prefix=localhost/team
		expect_status 254
		expect_match "$stderr" '^trust: discovery failed for "localhost/team": '
	done
	page "${KEYS/https/http}/jo.asc"
	run --separate-stderr rkt trust --skip-fingerprint-review --prefix=localhost
	expect_status 254
	expect_match "$stderr" 'http://localhost/keys/jo.asc is not a secure place for a key'
	page "$KEYS/absent.asc"
	run --separate-stderr rkt trust --skip-fingerprint-review --prefix=localhost
	expect_status 254
	expect_match "$stderr" 'absent.asc: bad HTTP status code: 404'
	expect_equal "$(stored)" ""
	page "${KEYS/https/http}/jo.asc"
	unset SSL_CERT_FILE
	run --separate-stderr rkt trust --skip-fingerprint-review --prefix=localhost
	expect_status 254
	expect_match "$stderr" 'TLS failure'
	run --separate-stderr rkt trust --skip-fingerprint-review --insecure-allow-http --prefix=localhost
	expect_status 0
	expect_equal "$(stored)" "prefix.d/localhost/$(fingerprint jo)"
}

@test "a fetch by name finds the keys too, and trusts those of https when that was said" {
	page "$IMAGES" "$KEYS/jo.asc"
	fetch localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'pubkey: no key was added for "localhost/team/app": unable to ask whether to trust the key'
	expect_match "$stderr" 'pubkey: hint: .*--trust-keys-from-https'
	expect_match "$stderr" 'No key is trusted for this image'
	expect_equal "$(stored)" ""
	fetch --trust-keys-from-https localhost/team/app:1.0
	expect_status 0
	expect_match "$output" '^sha512-[0-9a-f]{32}$'
	expect_match "$stderr" 'Trusting "https://localhost/keys/jo.asc" for prefix "localhost/team/app" without fingerprint review.'
	expect_match "$stderr" 'signature verified:.*jo <jo@example.com>'
	expect_equal "$(stored)" "prefix.d/localhost/team/app/$(fingerprint jo)"
	# What is there is what counts from now on.
	page "$IMAGES" "$KEYS/eve.asc"
	fetch --trust-keys-from-https localhost/team/app:1.0
	expect_status 0
	expect_match "$stderr" 'image: keys already exist for prefix "localhost/team/app", not fetching again'
	expect_equal "$(stored)" "prefix.d/localhost/team/app/$(fingerprint jo)"
}

@test "a fetch by name asks at a terminal whether to trust" {
	page "$IMAGES" "$KEYS/jo.asc"
	rkt_command
	for answer in no yes; do
		run "$BATS_TEST_DIRNAME/at-terminal" 24x200 "${RKT_COMMAND[@]}" fetch localhost/team/app:1.0 <<-STEPS
			wait Are you sure you want to trust this key (yes/no)?
			type $answer\r
		STEPS
		[ "$answer" = yes ] || expect_match "$output" 'openpgp: signature made by unknown entity.*status 254$'
	done
	expect_match "$output" 'sha512-[0-9a-f]{32}'
	expect_match "$output" 'status 0$'
	expect_equal "$(stored)" "prefix.d/localhost/team/app/$(fingerprint jo)"
}

@test "what is piped to an app is no answer" {
	page "$IMAGES" "$KEYS/jo.asc"
	rkt_command
	run "$BATS_TEST_DIRNAME/at-terminal" 24x200 sh -c 'echo yes | "$@"' sh "${RKT_COMMAND[@]}" fetch localhost/team/app:1.0 </dev/null
	expect_match "$output" 'unable to ask whether to trust the key: stdin is not a terminal'
	expect_match "$output" 'status 254$'
	expect_equal "$(stored)" ""
}

@test "a key that was taken back is not found again" {
	page "$IMAGES" "$KEYS/jo.asc"
	mkdir -p "$RKT_CONFIG/trustedkeys/prefix.d/localhost"
	: >"$RKT_CONFIG/trustedkeys/prefix.d/localhost/$(fingerprint jo)"
	fetch --trust-keys-from-https localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'keys already exist'
	expect_equal "$(stored)" "prefix.d/localhost/$(fingerprint jo)"
}

@test "keys are not looked for where others may change them on the way, unless that was said" {
	page "$IMAGES" "$KEYS/jo.asc"
	unset SSL_CERT_FILE
	fetch --insecure-options=tls --trust-keys-from-https localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'signature made by unknown entity'
	refute_match "$(requests)" keys
	fetch --insecure-options=tls,pubkey --trust-keys-from-https localhost/team/app:1.0
	expect_status 0
	export SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca.pem
	page "$IMAGES" "${KEYS/https/http}/jo.asc"
	for options in http pubkey http,pubkey; do
		new_data_dir "$BATS_TEST_TMPDIR/$options"
		fetch --insecure-options=$options --trust-keys-from-https localhost/team/app:1.0
		expect_status 254
		expect_equal "$(stored)" ""
		[ "$options" = http,pubkey ] || expect_match "$stderr" 'is not a secure place for a key'
	done
	# Only that of https is trusted without asking.
	expect_match "$stderr" 'unable to ask whether to trust the key'
}

@test "an image of a URL is verified by the keys that there are" {
	page "$IMAGES" "$KEYS/jo.asc"
	fetch --trust-keys-from-https "https://localhost/images/$ARCH_FILE"
	expect_status 254
	expect_match "$stderr" 'signature made by unknown entity'
	expect_equal "$(stored)" ""
}

@test "an image by name whose signer is unknown is not even downloaded" {
	trust eve
	fetch localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'openpgp: signature made by unknown entity'
	expect_equal "$(requests | grep -c 'aci.asc 200')" 1
	refute_match "$(requests)" 'aci 200'
	# A signature that is not one of this image shows only with the image.
	new_data_dir "$BATS_TEST_TMPDIR/other"
	trust
	sign jo jo.asc "$BATS_TEST_TMPDIR/other.sig"
	fetch localhost/team/app:1.0 --signature="$BATS_TEST_TMPDIR/other.sig"
	expect_status 254
	expect_match "$stderr" 'openpgp: invalid signature'
	expect_match "$(requests)" 'aci 200'
}

@test "an image without a signature" {
	trust
	mv "web/images/$ARCH_FILE.asc" saved.asc
	fetch localhost/team/app:1.0
	mv saved.asc "web/images/$ARCH_FILE.asc"
	expect_status 254
	expect_match "$stderr" 'aci.asc: bad HTTP status code: 404'
	expect_match "$stderr" 'hint: .*--signature=FILE'
}

@test "a signature of one's own" {
	trust eve
	sign eve "web/images/$ARCH_FILE" "$BATS_TEST_TMPDIR/eve.sig"
	fetch localhost/team/app:1.0 --signature="$BATS_TEST_TMPDIR/eve.sig"
	expect_status 0
	expect_match "$stderr" 'eve <eve@example.com>'
	refute_match "$(requests)" asc
}

@test "a signature that is there only after the image" {
	trust
	echo '1 asc$ status 202' >faults
	fetch "$FRONT/images/$ARCH_FILE"
	expect_status 0
	expect_equal "$(cut -d' ' -f1-3 log)" "GET /images/$ARCH_FILE.asc 202
GET /images/$ARCH_FILE 200
GET /images/$ARCH_FILE.asc 200"
	new_data_dir "$BATS_TEST_TMPDIR/again"
	trust
	rm log
	echo '2 \.asc status 202' >faults
	fetch "$FRONT/images/$ARCH_FILE"
	expect_status 254
	expect_match "$stderr" 'puts the signature off once more'
	expect_equal "$(rkt image list --no-legend)" ""
}

@test "plain http only where it was allowed" {
	trust
	page "ac-discovery localhost http://localhost/images/{name}-{version}-{os}-{arch}.{ext}"
	fetch localhost/team/app:1.0
	expect_status 254
	fetch --insecure-options=http localhost/team/app:1.0
	expect_status 0
	expect_equal "$(grep -c '^http:80 GET /images/' access.log)" 2
	# Who spells it out has said so.
	new_data_dir "$BATS_TEST_TMPDIR/spelt"
	trust
	fetch "http://localhost/images/$ARCH_FILE"
	expect_status 0
}

@test "the page is asked for by http when there is no https, with the option only" {
	trust
	unset SSL_CERT_FILE
	page "ac-discovery localhost http://localhost/images/{name}-{version}-{os}-{arch}.{ext}"
	fetch localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'TLS failure'
	fetch --insecure-options=http localhost/team/app:1.0
	expect_status 0
	expect_match "$(<access.log)" 'http:80 GET /[?]ac-discovery=1 200'
}

login() {
	mkdir -p "$RKT_CONFIG/auth.d"
	jq -n '{rktKind: "auth", rktVersion: "v1", domains: ["localhost"], type: "basic",
		credentials: {user: "alice", password: "secret"}}' >"$RKT_CONFIG/auth.d/test.json"
}

@test "credentials go to their host, by https, and nowhere else" {
	trust
	fetch localhost/protected/app:1.0
	expect_status 254
	expect_match "$stderr" 'HTTP status code: 401'
	login
	fetch localhost/protected/app:1.0
	expect_status 0
	expect_match "$(<access.log)" 'https:443 GET /[?]ac-discovery=1 200 "-" "Basic'
	rm access.log
	kill -USR1 "$NGINX_PID"
	wait_until test -e access.log
	fetch "https://localhost/moved/$ARCH_FILE"
	expect_status 0
	expect_equal "$(grep '^https:443' access.log | grep -c Basic)" 2
	expect_equal "$(grep "^https:$(cat other.port)" access.log | cut -d' ' -f6)" $'"-"\n"-"'
	rm access.log
	kill -USR1 "$NGINX_PID"
	wait_until test -e access.log
	fetch "http://localhost/images/$ARCH_FILE"
	expect_equal "$(grep -c Basic access.log || true)" 0
	expect_equal "$(grep -c '^http:80' access.log)" 2
}

@test "certificates are not looked at where that was said, which is told where signatures are" {
	trust
	unset SSL_CERT_FILE
	url=https://localhost:$(cat other.port)/images/$ARCH_FILE
	fetch "$url"
	expect_status 254
	expect_match "$stderr" 'certificate'
	fetch --insecure-options=tls "$url"
	expect_status 0
	expect_equal "$(grep -c '^fetch: warning: TLS verification has been disabled$' <<<"$stderr")" 1
	expect_match "$stderr" 'image: signature verified:'
	fetch --insecure-options=tls localhost/team/app:1.0
	expect_status 0
	expect_match "$stderr" 'warning: TLS verification has been disabled'
	# Who verifies nothing needs no warning.
	fetch --insecure-options=tls,image "$url"
	expect_status 0
	refute_match "$stderr" warning
	fetch --insecure-options=tls "$PWD/web/images/$ARCH_FILE"
	expect_status 0
	refute_match "$stderr" warning
}

@test "redirects have an end" {
	fetch --insecure-options=image "https://localhost/circle/app.aci"
	expect_status 254
	expect_match "$stderr" 'too many redirects'
}

@test "an image that did not change is not downloaded again" {
	trust
	for _ in 1 2; do
		fetch "https://localhost/images/$ARCH_FILE"
		expect_status 0
	done
	expect_equal "$(requests | grep -v asc)" "GET /images/$ARCH_FILE 200
GET /images/$ARCH_FILE 304"
	touch -d '2001-02-03' "web/images/$ARCH_FILE"
	fetch "https://localhost/images/$ARCH_FILE"
	expect_equal "$(requests | tail -n 1)" "GET /images/$ARCH_FILE 200"
}

@test "an image that the server vouches for is not even asked for" {
	trust
	for _ in 1 2; do
		fetch "https://localhost/hour/$ARCH_FILE"
		expect_status 0
	done
	expect_equal "$(requests | grep -c .)" 2
	for _ in 1 2; do
		fetch "https://localhost/never/$ARCH_FILE"
	done
	expect_equal "$(requests | grep never | grep -v asc)" "GET /never/$ARCH_FILE 200
GET /never/$ARCH_FILE 304"
}

@test "an image that was removed is fetched whole" {
	trust
	fetch "https://localhost/hour/$ARCH_FILE"
	rkt image rm "${lines[-1]}"
	fetch "https://localhost/hour/$ARCH_FILE"
	expect_status 0
	expect_equal "$(requests | grep -v asc)" "GET /hour/$ARCH_FILE 200
GET /hour/$ARCH_FILE 200"
}

# interrupted_fetch BYTES: starts a fetch from behind the proxy, which stalls after so many bytes, and kills it then.
interrupted_fetch() {
	echo "1 aci\$ stall $1" >faults
	rkt_command
	"${RKT_COMMAND[@]}" --insecure-options=image fetch "$FRONT/images/$ARCH_FILE" >/dev/null 2>&1 3>&- &
	fetcher=$!
	part_has_come() {
		[ -n "$(find "$RKT_DATA/cas/tmp" -name 'p-*' -size +900k 2>/dev/null)" ]
	}
	wait_until part_has_come
	kill -KILL $(pgrep -P "$fetcher") "$fetcher"
	wait "$fetcher" || true
	rm log faults
}

@test "a download that was cut off is continued, unless the image is another one now" {
	interrupted_fetch 1000000
	fetch --insecure-options=image "$FRONT/images/$ARCH_FILE"
	expect_status 0
	expect_match "$(tail -n 1 log)" "GET /images/$ARCH_FILE 206 bytes=[0-9]+-"
	pod "${lines[-1]}"
	expect_equal "$output" 'version 1.0'
	new_data_dir "$BATS_TEST_TMPDIR/changed"
	interrupted_fetch 1000001
	touch "web/images/$ARCH_FILE"
	fetch --insecure-options=image "$FRONT/images/$ARCH_FILE"
	expect_status 0
	expect_equal "$(cut -d' ' -f3,4 log)" '200 -'
}

@test "never fetches nothing" {
	trust
	run --separate-stderr rkt run --pull-policy=never --net=none localhost/team/app:1.0
	expect_status 254
	expect_match "$stderr" 'unable to fetch image from image name "localhost/team/app:1.0": either image was not found'
	run --separate-stderr rkt run --pull-policy=never --net=none "https://localhost/images/$ARCH_FILE"
	expect_status 254
	expect_match "$stderr" 'unable to fetch image from URL'
	expect_equal "$(requests)" ""
}

@test "dependencies are fetched by their names, with signatures, as the pull policy says" {
	trust
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR make_aci web/images/localhost/team/dependent-1.0-linux-amd64.aci '.name = "localhost/team/dependent" |
		.dependencies = [{"imageName": "localhost/team/app", "labels": [{"name": "version", "value": "1.0"}]}]' "$(mktemp -d rootfs.XXXX --tmpdir="$PWD")"
	cd web/images/localhost/team
	sign jo dependent-1.0-linux-amd64.aci dependent-1.0-linux-amd64.aci.asc
	cd "$BATS_FILE_TMPDIR"
	for policy in new update; do
		: >access.log
		fetch --pull-policy="$policy" localhost/team/dependent:1.0
		expect_status 0
		expect_equal "$(requests | grep 'aci [23]' | tail -n 1)" "GET /images/$ARCH_FILE $([ "$policy" = new ] && echo 200 || echo 304)"
	done
	pod localhost/team/dependent:1.0 --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
	rm "web/images/$ARCH_FILE.asc"
	new_data_dir "$BATS_TEST_TMPDIR/other"
	trust
	fetch localhost/team/dependent:1.0
	expect_status 254
	expect_match "$stderr" "GET https://localhost/images/$ARCH_FILE.asc: bad HTTP status code: 404"
	sign jo "web/images/$ARCH_FILE" "web/images/$ARCH_FILE.asc"
}

@test "what an image depends on is verified also when the image is made anew" {
	local file=web/images/localhost/team/based-1.0-linux-amd64.aci
	trust
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR make_aci "$file" '.name = "localhost/team/based" |
		.dependencies = [{"imageName": "localhost/team/app", "labels": [{"name": "version", "value": "1.0"}]}]' "$(mktemp -d rootfs.XXXX --tmpdir="$PWD")"
	sign jo "$file" "$file.asc"
	fetch --full localhost/team/based:1.0
	expect_status 0
	id=$output
	wait_until store_is_settled
	rkt image rm localhost/team/app:1.0 >/dev/null
	rm -r "$RKT_DATA/cas/tree/$id"
	mv "web/images/$ARCH_FILE.asc" app.asc
	for verb in "fsck --repair" "image verify $id"; do
		run --separate-stderr rkt $verb
		expect_status 254
		expect_match "$output$stderr" "GET https://localhost/images/$ARCH_FILE.asc: bad HTTP status code: 404"
		expect_match "$stderr" "hint: the image has no signature there"
		expect_equal "$(rkt image list --no-legend --full --fields=id)" "$id"
	done
	mv app.asc "web/images/$ARCH_FILE.asc"
	run --separate-stderr rkt fsck --repair
	expect_status 0
	pod "$id" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "a stage1 image is looked for by its name and taken from a URL, with a signature" {
	run --separate-stderr rkt run --net=none --stage1-name=localhost/team/stage1:1.0 "$FIXTURES/busybox.aci"
	expect_status 254
	expect_match "$stderr" 'No key is trusted for this image'
	trust
	for choice in --stage1-name=localhost/team/stage1:1.0 \
		--stage1-url=https://localhost/images/localhost/team/stage1-1.0-linux-amd64.aci; do
		rm -rf "$RKT_DATA/cas"
		run --separate-stderr rkt --insecure-options=image fetch "$FIXTURES/busybox.aci"
		rkt run --net=none --uuid-file-save=uuid "$choice" "${lines[-1]}" --exec=/bin/true && status=0 || status=$?
		expect_status 1
		expect_equal "$(jq -r .name "$RKT_DATA/pods/run/$(<uuid)/stage1/manifest")" localhost/team/stage1
	done
}
