#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Registries that want to know who asks: passwords, tokens, certificates.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	export HOME=$BATS_TEST_TMPDIR/home DOCKER_CONFIG=$BATS_TEST_TMPDIR/docker
	mkdir "$HOME" "$DOCKER_CONFIG"
	unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR
}

teardown() {
	for pid in ${PIDS:-}; do
		kill "$pid"
	done
	common_teardown
}

# start_guarded NAME [YAML]: a registry with more configuration, whose images were there before it was guarded.
# Sets REGISTRY, GUARD (its directory) and PIDS.
start_guarded() {
	local BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR/registry
	mkdir -p "$BATS_FILE_TMPDIR"
	GUARD=$BATS_FILE_TMPDIR/registry
	start_registry
	push latest app:1
	push latest public/app:1
	kill "$REGISTRY_PID"
	"$@" >>"$GUARD/config.yml"
	docker-registry serve "$GUARD/config.yml" >"$GUARD/log" 2>&1 3>&- &
	PIDS+=" $!"
	wait_until curl -so /dev/null "http://$REGISTRY/v2/"
}

passwords() {
	htpasswd -Bbn alice secret >"$GUARD/htpasswd"
	cat <<-YAML
		auth: {htpasswd: {realm: test, path: $GUARD/htpasswd}}
	YAML
}

# A token service on a port of its own, which the registry names unless REALM is another. Its tokens are good for 60 seconds.
tokens() {
	local port
	port=$(free_port)
	echo 60 >"$GUARD/seconds"
	echo "$port" >"$GUARD/token.port"
	(cd "$GUARD" && openssl req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.pem -days 2 -subj /CN=tokens) 2>/dev/null
	"$BATS_TEST_DIRNAME/token-server" "$port" "$GUARD" >"$GUARD/token.log" 2>&1 3>&- &
	echo "$!" >"$GUARD/token.pid"
	wait_until curl -so /dev/null "http://127.0.0.1:$port/?service=x"
	rm -f "$GUARD/tokens"
	cat <<-YAML
		auth: {token: {realm: "http://${REALM:-127.0.0.1:$port}/token", service: test, issuer: test, rootcertbundle: $GUARD/token.pem}}
	YAML
}

start_with_tokens() {
	start_guarded tokens
	PIDS+=" $(<"$GUARD/token.pid")"
}

fetch() {
	run --separate-stderr rkt --insecure-options=image,http fetch "docker://$REGISTRY/$1"
}

# login USER PASSWORD [HOST]: as rkt's configuration has it.
login() {
	mkdir -p "$RKT_CONFIG/auth.d"
	jq -n --arg registry "${3:-$REGISTRY}" --arg user "$1" --arg password "$2" '{rktKind: "dockerAuth", rktVersion: "v1",
		registries: [$registry], credentials: {user: $user, password: $password}}' >"$RKT_CONFIG/auth.d/test.json"
}

@test "a password" {
	start_guarded passwords
	fetch app:1
	expect_status 254
	expect_match "$stderr" "$REGISTRY wants a login"
	expect_match "$stderr" 'hint: .*dockerAuth'
	login alice wrong
	fetch app:1
	expect_status 254
	expect_match "$stderr" "$REGISTRY refused the login of user \"alice\""
	refute_match "$stderr" wrong
	expect_equal "$(rkt image list --no-legend)" ""
	login alice secret
	fetch app:1
	expect_status 0
	pod "${lines[-1]}"
	expect_equal "$output" 'hello from oci'
}

@test "a tag that is not there is told also where a password is needed" {
	start_guarded passwords
	login alice secret
	fetch app:2
	expect_status 254
	expect_match "$stderr" 'has no tag "2"'
	expect_match "$stderr" 'hint: the tags are 1'
}

@test "a login that docker or podman has left" {
	start_guarded passwords
	login=$(jq -n --arg registry "$REGISTRY" --arg auth "$(printf alice:secret | base64)" '{auths: {($registry): {auth: $auth}}}')
	echo "$login" >"$DOCKER_CONFIG/config.json"
	fetch app:1
	expect_status 0
	new_data_dir "$BATS_TEST_TMPDIR/podman"
	rm "$DOCKER_CONFIG/config.json"
	mkdir -p "$BATS_TEST_TMPDIR/run/containers"
	echo "$login" >"$BATS_TEST_TMPDIR/run/containers/auth.json"
	XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run fetch app:1
	expect_status 0
}

@test "a credential helper" {
	start_guarded passwords
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/docker-credential-test" <<-'SH'
		#!/bin/sh
		[ "$1" = get ] && server=$(cat) && echo "{\"ServerURL\":\"$server\",\"Username\":\"alice\",\"Secret\":\"secret\"}"
	SH
	chmod +x "$BATS_TEST_TMPDIR/bin/docker-credential-test"
	jq -n --arg registry "$REGISTRY" '{credHelpers: {($registry): "test"}}' >"$DOCKER_CONFIG/config.json"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH fetch app:1
	expect_status 0
}

@test "a credential helper gets none of the connections" {
	start_guarded passwords
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/docker-credential-test" <<-SH
		#!/bin/sh
		ls -l /proc/self/fd >"$BATS_TEST_TMPDIR/files"
		ls -l /proc/\$PPID/fd >"$BATS_TEST_TMPDIR/files-of-fetch"
		echo '{"Username":"alice","Secret":"secret"}'
	SH
	chmod +x "$BATS_TEST_TMPDIR/bin/docker-credential-test"
	jq -n --arg registry "$REGISTRY" '{credHelpers: {($registry): "test"}}' >"$DOCKER_CONFIG/config.json"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH fetch app:1
	expect_status 0
	# There is one by then.
	expect_match "$(<"$BATS_TEST_TMPDIR/files-of-fetch")" 'socket:'
	expect_match "$(<"$BATS_TEST_TMPDIR/files")" ' 0 -> '
	refute_match "$(<"$BATS_TEST_TMPDIR/files")" 'socket:'
}

@test "a token, with a password and for a public image without" {
	start_with_tokens
	fetch public/app:1
	expect_status 0
	expect_match "$(<"$GUARD/tokens")" '^GET - repository:public/app:pull$'
	fetch app:1
	expect_status 254
	expect_match "$stderr" "docker://$REGISTRY/app:1: access is denied \(HTTP status 401\)"
	expect_match "$stderr" 'hint: there is no login for'
	login alice wrong
	fetch app:1
	expect_status 254
	expect_match "$stderr" "refused the login of user \"alice\""
	login alice secret
	fetch app:1
	expect_status 0
	expect_equal "$(tail -n 1 "$GUARD/tokens")" 'GET alice repository:app:pull'
	pod "${lines[-1]}"
	expect_equal "$output" 'hello from oci'
}

@test "a token that was got at a login is exchanged for others" {
	start_with_tokens
	jq -n --arg registry "$REGISTRY" --arg auth "$(printf 'x:' | base64)" \
		'{auths: {($registry): {auth: $auth, identitytoken: "refresh"}}}' >"$DOCKER_CONFIG/config.json"
	fetch app:1
	expect_status 0
	expect_equal "$(tail -n 1 "$GUARD/tokens")" 'POST refreshed repository:app:pull'
}

@test "a refresh token is not sent where the token service redirects to" {
	local port
	port=$(free_port)
	REALM=127.0.0.1:$port start_with_tokens
	mkdir "$BATS_TEST_TMPDIR/front"
	"$BATS_TEST_DIRNAME/faulty-proxy" "$port" "http://127.0.0.1:$(<"$GUARD/token.port")" "$BATS_TEST_TMPDIR/front" >/dev/null 2>&1 3>&- &
	PIDS+=" $!"
	wait_until curl -so /dev/null "http://127.0.0.1:$port/?service=x"
	rm -f "$GUARD/tokens"
	jq -n --arg registry "$REGISTRY" --arg auth "$(printf 'x:' | base64)" \
		'{auths: {($registry): {auth: $auth, identitytoken: "refresh"}}}' >"$DOCKER_CONFIG/config.json"
	echo "1 POST redirect http://127.0.0.1:$(<"$GUARD/token.port")" >"$BATS_TEST_TMPDIR/front/faults"
	fetch app:1
	expect_status 254
	expect_match "$(<"$BATS_TEST_TMPDIR/front/log")" 'POST /token 307 '
	# Whoever gets it there would have given a token for it.
	[ ! -e "$GUARD/tokens" ]
	fetch app:1
	expect_status 0
	expect_equal "$(tail -n 1 "$GUARD/tokens")" 'POST refreshed repository:app:pull'
}

@test "a token that runs out is renewed" {
	start_with_tokens
	login alice secret
	PROXY_DIR=$BATS_TEST_TMPDIR/proxy
	mkdir "$PROXY_DIR"
	port=$(free_port)
	"$BATS_TEST_DIRNAME/faulty-proxy" "$port" "http://$REGISTRY" "$PROXY_DIR" >/dev/null 2>&1 3>&- &
	PIDS+=" $!"
	wait_until curl -so /dev/null "http://127.0.0.1:$port/v2/"
	# The config has to wait, so that its token is an old one then. The registry allows a minute of difference
	# between clocks.
	echo "1 blobs status 429,5" >"$PROXY_DIR/faults"
	echo -57 >"$GUARD/seconds"
	rm -f "$GUARD/tokens"
	REGISTRY=127.0.0.1:$port login alice secret
	REGISTRY=127.0.0.1:$port fetch app:1
	expect_status 0
	expect_equal "$(wc -l <"$GUARD/tokens")" 2
}

@test "a registry with an authority and a client certificate of certs.d" {
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR/tls
	start_registry https
	PIDS+=" $REGISTRY_PID"
	push latest app:1
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 254
	expect_match "$stderr" certificate
	mkdir -p "$RKT_CONFIG/certs.d/$REGISTRY"
	cp "$BATS_FILE_TMPDIR/registry/ca.pem" "$RKT_CONFIG/certs.d/$REGISTRY/ca.crt"
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 0
	# From here on it wants to see a certificate as well.
	kill "$REGISTRY_PID"
	PIDS=
	sed -i "s|tls: {|tls: {clientcas: [$BATS_FILE_TMPDIR/registry/ca.pem], |" "$BATS_FILE_TMPDIR/registry/config.yml"
	docker-registry serve "$BATS_FILE_TMPDIR/registry/config.yml" >"$BATS_FILE_TMPDIR/registry/log" 2>&1 3>&- &
	PIDS+=" $!"
	(
		cd "$BATS_FILE_TMPDIR/registry"
		openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=client
		openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out client.cert \
			-extfile <(echo extendedKeyUsage=clientAuth)
	) 2>/dev/null
	wait_until curl -so /dev/null --cacert "$BATS_FILE_TMPDIR/registry/ca.pem" --cert "$BATS_FILE_TMPDIR/registry/client.cert" \
		--key "$BATS_FILE_TMPDIR/registry/client.key" "https://$REGISTRY/v2/"
	new_data_dir "$BATS_TEST_TMPDIR/certified"
	mkdir -p "$RKT_CONFIG/certs.d/$REGISTRY"
	cp "$BATS_FILE_TMPDIR/registry/ca.pem" "$RKT_CONFIG/certs.d/$REGISTRY/ca.crt"
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 254
	cp "$BATS_FILE_TMPDIR/registry/client.cert" "$RKT_CONFIG/certs.d/$REGISTRY/"
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 254
	expect_match "$stderr" 'client.cert has no readable client.key beside it'
	cp "$BATS_FILE_TMPDIR/registry/client.key" "$RKT_CONFIG/certs.d/$REGISTRY/"
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 0
}

# start_proxy DIR: the proxy of faults in front of the registry. Sets PROXY.
start_proxy() {
	local port
	port=$(free_port)
	mkdir "$1"
	"$BATS_TEST_DIRNAME/faulty-proxy" "$port" "http://$REGISTRY" "$1" >/dev/null 2>&1 3>&- &
	PIDS+=" $!"
	PROXY=127.0.0.1:$port
	wait_until curl -so /dev/null "http://$PROXY/v2/"
}

@test "a mirror gets its own login and never that of the registry" {
	start_guarded passwords
	start_proxy "$BATS_TEST_TMPDIR/mirror"
	mkdir -p "$RKT_CONFIG/registries.d"
	jq -n --arg mirror "$PROXY" '{rktKind: "registry", rktVersion: "v1", registries: ["registry.invalid"], mirrors: [$mirror]}' \
		>"$RKT_CONFIG/registries.d/mirror.json"
	login alice secret registry.invalid
	run --separate-stderr rkt --insecure-options=image,http fetch docker://registry.invalid/app:1
	expect_status 254
	expect_match "$stderr" "mirror $PROXY: .*wants a login"
	refute_match "$(<"$BATS_TEST_TMPDIR/mirror/log")" Basic
	login alice secret "$PROXY"
	run --separate-stderr rkt --insecure-options=image,http fetch docker://registry.invalid/app:1
	expect_status 0
}

@test "where a redirect leads nobody gets the login of the registry" {
	start_guarded passwords
	start_proxy "$BATS_TEST_TMPDIR/elsewhere"
	elsewhere=$PROXY
	start_proxy "$BATS_TEST_TMPDIR/proxy"
	login alice secret "$PROXY"
	echo "99 blobs redirect http://$elsewhere" >"$BATS_TEST_TMPDIR/proxy/faults"
	REGISTRY=$PROXY fetch app:1
	expect_status 254
	expect_match "$stderr" 'access is denied|refused the login'
	expect_match "$(<"$BATS_TEST_TMPDIR/elsewhere/log")" 'blobs/sha256:[0-9a-f]* 401 - -'
	refute_match "$(<"$BATS_TEST_TMPDIR/elsewhere/log")" Basic
}
