#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What networks and servers do to a fetch: a real registry behind a proxy that cuts, delays and garbles.

load lib.bash

setup_file() {
	start_registry
	make_big_image
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$BATS_FILE_TMPDIR/oci:big" "docker://$REGISTRY/app:big"
}

teardown_file() {
	stop_registry
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	PROXY_DIR=$BATS_TEST_TMPDIR/proxy
	mkdir "$PROXY_DIR"
	start_proxy
}

teardown() {
	kill "$PROXY_PID"
	common_teardown
}

# An image whose second layer is of 8 MiB that cannot be compressed.
make_big_image() {
	local dir=$BATS_FILE_TMPDIR
	cp -a "$FIXTURES/oci" "$dir/oci"
	mkdir "$dir/files"
	head -c 8M /dev/urandom >"$dir/files/big"
	umoci tag --image "$dir/oci:latest" big
	umoci insert --image "$dir/oci:big" "$dir/files" /opt/files
	sha256sum <"$dir/files/big" >"$dir/big.sha256"
}

# The proxy in front of the registry, with no faults yet. Sets PROXY and PROXY_PID.
start_proxy() {
	local port
	port=$(free_port)
	"$BATS_TEST_DIRNAME/faulty-proxy" "$port" "http://$REGISTRY" "$PROXY_DIR" >"$PROXY_DIR/out" 2>&1 3>&- &
	PROXY=127.0.0.1:$port PROXY_PID=$!
	wait_until curl -so /dev/null "http://$PROXY/v2/"
	rm "$PROXY_DIR/log"
}

# faults LINE...: what the proxy does from here on.
faults() {
	printf '%s\n' "$@" >"$PROXY_DIR/faults"
}

fetch() {
	run --separate-stderr rkt --insecure-options=image,http fetch "docker://$PROXY/app:big"
}

# The digest of the big layer.
big_blob() {
	skopeo --insecure-policy inspect --raw --tls-verify=false "docker://$REGISTRY/app:big" | jq -r '.layers[1].digest'
}

expect_big_image() {
	expect_status 0
	pod "${lines[-1]}" --user=0 --exec=/bin/sh -- -c 'sha256sum </opt/files/big'
	expect_equal "$output" "$(<"$BATS_FILE_TMPDIR/big.sha256")"
}

# What the proxy was asked for of the big layer: the ranges, one a line.
ranges() {
	grep -F "blobs/$(big_blob)" "$PROXY_DIR/log" | cut -d' ' -f4
}

# leave_part NAME SIZE: what an earlier fetch could have left, but with nothing but zeros in it.
leave_part() {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	head -c "$2" /dev/zero >"$RKT_DATA/cas/tmp/p-$1"
}

no_part_is_kept() {
	[ -z "$(find "$RKT_DATA/cas/tmp" -name 'p-*')" ]
}

@test "a connection that is cut is continued from where it was" {
	faults "2 blobs/$(big_blob) cut 3000000"
	fetch
	expect_match "$stderr" 'closed too early.*trying again in'
	expect_big_image
	expect_equal "$(ranges)" $'-\nbytes=3000000-\nbytes=6000000-'
	no_part_is_kept
}

@test "a server that says nothing for half a minute is given up, and asked again" {
	faults "1 blobs/$(big_blob) stall 3000000"
	fetch
	expect_match "$stderr" "GET http://$PROXY/v2/app/blobs/$(big_blob): no data for 30 s, giving up; trying again in"
	expect_big_image
	expect_equal "$(ranges)" $'-\nbytes=3000000-'
}

@test "a server that cannot continue is asked for the whole" {
	faults "1 blobs/$(big_blob) cut 3000000" "1 blobs/$(big_blob) whole"
	fetch
	expect_big_image
	expect_equal "$(ranges)" $'-\nbytes=3000000-'
}

@test "a fetch that was killed is continued by the next one" {
	faults "1 blobs/$(big_blob) stall 5000000"
	rkt_command
	"${RKT_COMMAND[@]}" --insecure-options=image,http fetch "docker://$PROXY/app:big" >/dev/null 2>&1 3>&- &
	fetcher=$!
	part_has_come() {
		[ "$(find "$RKT_DATA/cas/tmp" -name 'p-*' -size +4000k 2>/dev/null | wc -l)" = 1 ]
	}
	wait_until part_has_come
	kill -KILL $(pgrep -P "$fetcher") "$fetcher"
	wait "$fetcher" || true
	expect_equal "$(rkt image list --no-legend)" ""
	fetch
	expect_big_image
	expect_match "$(ranges | tail -n 1)" '^bytes=[45][0-9]{6}-$'
	no_part_is_kept
}

@test "a part that turns out to be wrong is fetched again from its start" {
	leave_part "$(</proc/sys/kernel/random/boot_id)-$(big_blob)" 2M
	fetch
	expect_big_image
	expect_equal "$(ranges)" $'bytes=2097152-\n-'
	no_part_is_kept
}

@test "a part of an earlier boot is not believed" {
	leave_part "11111111-2222-3333-4444-555555555555-$(big_blob)" 2M
	fetch
	expect_big_image
	expect_equal "$(ranges)" -
	no_part_is_kept
}

@test "a part that is longer than the whole is dropped" {
	leave_part "$(</proc/sys/kernel/random/boot_id)-$(big_blob)" 20M
	fetch
	expect_big_image
	expect_equal "$(ranges)" $'bytes=20971520-\n-'
}

@test "a registry that is busy is asked again" {
	faults "1 manifests/big status 429,1" "1 blobs/$(big_blob) status 503"
	fetch
	expect_match "$stderr" 'HTTP status code 429; trying again in 1 s'
	expect_match "$stderr" 'HTTP status code 503; trying again in 1 s'
	expect_big_image
}

@test "a registry that wants an hour is not waited for" {
	faults "9 manifests/big status 429,3600"
	fetch
	expect_status 254
	expect_match "$stderr" 'bad HTTP status code: 429'
	expect_equal "$(grep -c manifests "$PROXY_DIR/log")" 1
}

@test "what is complete when a registry gives up is there for the next fetch" {
	local first
	first=$(skopeo --insecure-policy inspect --raw --tls-verify=false "docker://$REGISTRY/app:big" | jq -r '.layers[0].digest')
	faults "1 blobs/$(big_blob) status 503,5" "9 blobs/$(big_blob) status 503,3600"
	fetch
	expect_status 254
	expect_match "$stderr" 'bad HTTP status code: 503'
	expect_equal "$(rkt image list --no-legend)" ""
	expect_equal "$(grep -cF "blobs/$first 200" "$PROXY_DIR/log")" 1
	rm "$PROXY_DIR/faults"
	fetch
	expect_big_image
	expect_equal "$(grep -cF "blobs/$first 200" "$PROXY_DIR/log")" 1
}

@test "a layer with one wrong bit, or too short, is refused" {
	for fault in 'flip 4000000' 'short 1000'; do
		faults "9 blobs/$(big_blob) $fault"
		fetch
		expect_status 254
		expect_match "$stderr" 'digest mismatch|truncated|checksum'
		expect_equal "$(rkt image list --no-legend)" ""
		no_part_is_kept
	done
}

@test "a blob may be somewhere else" {
	faults "9 blobs/$(big_blob) redirect http://$REGISTRY"
	fetch
	expect_big_image
}

@test "a circle of redirects has an end" {
	faults "99 blobs/$(big_blob) redirect http://$PROXY"
	fetch
	expect_status 254
	expect_match "$stderr" 'too many redirects'
}

@test "what is no web server is told from a redirect that may not be" {
	faults "9 first greet SSH-2.0-OpenSSH_9.2" "9 other redirect file:///etc/passwd?"
	run --separate-stderr rkt --insecure-options=image,http fetch "http://$PROXY/first.aci"
	expect_status 254
	expect_match "$stderr" "GET http://$PROXY/first.aci: what answers there does not speak HTTP"
	run --separate-stderr rkt --insecure-options=image,http fetch "http://$PROXY/other.aci"
	expect_status 254
	expect_match "$stderr" "GET http://$PROXY/other.aci: redirected to another protocol than https"
}

@test "a registry sees who asks" {
	fetch
	expect_equal "$(sort -u "$PROXY_DIR/agents" | grep -v curl)" "rkt/$(rkt version | sed -n 's/^rkt Version: //p')"
}

@test "a proxy that the environment names is used" {
	for variable in http_proxy HTTP_PROXY; do
		new_data_dir "$BATS_TEST_TMPDIR/$variable"
		export "$variable=http://$PROXY"
		run --separate-stderr rkt --insecure-options=image,http fetch "docker://$REGISTRY/app:big"
		unset "$variable"
		expect_status 0
		expect_match "$(<"$PROXY_DIR/log")" "http://$REGISTRY/v2/app/manifests/big"
		rm "$PROXY_DIR/log"
	done
	new_data_dir "$BATS_TEST_TMPDIR/direct"
	http_proxy=http://$PROXY no_proxy=127.0.0.1 run --separate-stderr rkt --insecure-options=image,http fetch \
		"docker://$REGISTRY/app:big"
	expect_status 0
	[ ! -e "$PROXY_DIR/log" ]
}
