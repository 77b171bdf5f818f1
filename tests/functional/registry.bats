#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker:// from a real registry, over http and https.

load lib.bash

setup_file() {
	start_registry
	push latest app:1
	push layers app:layers
}

teardown_file() {
	stop_registry
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -z "${HTTPS_PID:-}" ] || kill "$HTTPS_PID"
	common_teardown
}

fetch() {
	run --separate-stderr rkt --insecure-options=image,http fetch "$@"
}

@test "docker:// over http" {
	fetch "docker://$REGISTRY/app:1"
	expect_status 0
	expect_match "${lines[-1]}" '^sha512-[0-9a-f]{32}$'
	pod "${lines[-1]}"
	expect_equal "$output" 'hello from oci'
}

@test "run of a docker:// reference, then from the store" {
	for _ in 1 2; do
		run --separate-stderr rkt --insecure-options=image,http run --net=none "docker://$REGISTRY/app:1"
		plain_output
		expect_status 0
		expect_equal "$output" 'hello from oci'
	done
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

@test "a tag that was moved is followed as the pull policy says" {
	local image=docker://$REGISTRY/team/moved:1 first second
	# id [OPTION...]: which image that gives.
	id() {
		fetch --full "$@" "$image"
		expect_status 0
		id=${lines[-1]}
	}
	push latest team/moved:1
	id
	first=$id
	push layers team/moved:1
	id --pull-policy=never
	expect_equal "$id" "$first"
	id --pull-policy=new
	expect_equal "$id" "$first"
	rkt run --insecure-options=image,http --net=none "$image" --user=0 --group=0 --exec=/bin/true >/dev/null
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
	# What fetch does unless it is told otherwise.
	id
	second=$id
	[ "$second" != "$first" ]
	id --pull-policy=never
	expect_equal "$id" "$second"
	push latest team/moved:1
	id --pull-policy=update
	expect_equal "$id" "$first"
}

@test "of a second image only the layers are fetched that the first one does not have" {
	local port dir=$BATS_TEST_TMPDIR
	skopeo --insecure-policy copy -q "oci:$FIXTURES/oci:layers" "oci:$dir/two:two"
	echo new >"$dir/new"
	umoci insert --image "$dir/two:two" "$dir/new" /etc/new
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$dir/two:two" "docker://$REGISTRY/grown:1"
	port=$(free_port)
	start_nginx "$dir" <<-CONF
		access_log $dir/access.log plain;
		server {
			listen 127.0.0.1:$port;
			location / { proxy_pass http://$REGISTRY; proxy_set_header Host \$http_host; }
		}
	CONF
	wait_until curl -so /dev/null "http://127.0.0.1:$port/v2/"
	fetch "docker://127.0.0.1:$port/app:layers"
	expect_status 0
	[ "$(grep -c '/blobs/.* 200' "$dir/access.log")" -ge 3 ]
	: >"$dir/access.log"
	fetch "docker://127.0.0.1:$port/grown:1"
	kill "$NGINX_PID"
	expect_status 0
	# The config and the new layer.
	expect_equal "$(grep -c '/blobs/.* 200' "$dir/access.log")" 2
	pod "${lines[-1]}" --exec=/bin/cat -- /etc/new
	expect_equal "$output" new
}

@test "a digest names the image" {
	digest=$(skopeo --insecure-policy inspect --tls-verify=false "docker://$REGISTRY/app:1" | jq -r .Digest)
	fetch "docker://$REGISTRY/app@$digest"
	expect_status 0
	pod "${lines[-1]}"
	expect_equal "$output" 'hello from oci'
}

@test "an image of several layers, and a schema 2 manifest" {
	skopeo --insecure-policy copy -q --format v2s2 --dest-tls-verify=false "oci:$FIXTURES/oci:layers" "docker://$REGISTRY/docker:2"
	for tag in app:layers docker:2; do
		new_data_dir "$BATS_TEST_TMPDIR/${tag%:*}"
		fetch "docker://$REGISTRY/$tag"
		expect_status 0
		pod "${lines[-1]}" --exec=/bin/sh -- -c 'ls /opt/opaque; [ -e /opt/gone ] || echo whiteout'
		expect_equal "$output" $'upper\nwhiteout'
	done
}

@test "http is only used when it was allowed" {
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 254
	expect_equal "$(rkt image list --no-legend)" ""
}

@test "a tag that is not there" {
	fetch "docker://$REGISTRY/app:absent"
	expect_status 254
	expect_match "$stderr" '^fetch: '
	expect_equal "$(grep -v '^fetch: hint' <<<"$stderr")" \
		"fetch: docker://$REGISTRY/app:absent: no such image: repository \"app\" has no tag \"absent\""
	expect_match "$stderr" 'hint: the tags are (1, layers|layers, 1)'
	fetch "docker://$REGISTRY/app"
	expect_match "$stderr" 'has no tag "latest"'
	fetch "docker://$REGISTRY/nowhere/app"
	expect_status 254
	expect_equal "$stderr" \
		"fetch: docker://$REGISTRY/nowhere/app: no such image: the registry has no repository \"nowhere/app\""
	expect_equal "$(rkt image list --no-legend)" ""
}

@test "a registry that is not there" {
	fetch "docker://127.0.0.1:1/app:1"
	expect_status 254
	expect_match "$stderr" '127.0.0.1:1'
}

@test "a registry of the first protocol is told from what is none" {
	local port
	before=$(store_content)
	for ping in 200 404; do
		port=$(free_port)
		start_nginx "$BATS_TEST_TMPDIR" <<-CONF
			access_log $BATS_TEST_TMPDIR/access.log plain;
			server {
				listen 127.0.0.1:$port;
				location = /v1/_ping { return $ping; }
				location / { return 404; }
			}
		CONF
		wait_until curl -so /dev/null "http://127.0.0.1:$port/"
		fetch "docker://127.0.0.1:$port/app:1"
		kill "$NGINX_PID"
		expect_status 254
		if [ "$ping" = 200 ]; then
			expect_match "$stderr" "127.0.0.1:$port speaks version 1 of the registry protocol, which has no digests"
			expect_match "$stderr" 'hint: an image of it that was saved to a file is docker-archive:FILE'
		else
			expect_match "$stderr" 'bad HTTP status code: 404: is this a registry?'
		fi
		expect_equal "$(store_content)" "$before"
	done
	expect_match "$(<"$BATS_TEST_TMPDIR/access.log")" '/v1/_ping 404'
}

@test "a layer that was tampered with is refused and nothing is stored" {
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$FIXTURES/oci:layers" "docker://$REGISTRY/bad:1"
	before=$(store_content)
	# The largest blob of the image, replaced by one of the same length.
	blob=$(find "$BATS_FILE_TMPDIR/registry/data" -name data -path '*sha256*' -size +100k -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
	cp "$blob" "$BATS_TEST_TMPDIR/saved"
	printf 'tampered' | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
	fetch "docker://$REGISTRY/bad:1"
	cp "$BATS_TEST_TMPDIR/saved" "$blob"
	expect_status 254
	# Who has noted the checksum of a layer may still have it locked.
	expect_equal "$(grep '^fetch: ' <<<"$stderr" | grep -vc 'is downloading this file, waiting...$')" 1
	expect_equal "$(store_content)" "$before"
	expect_equal "$(rkt image list --no-legend)" ""
}

@test "a fetch that is killed leaves nothing, and the next one succeeds" {
	rkt_command
	for delay in 0.002 0.01 0.02 0.04; do
		"${RKT_COMMAND[@]}" --insecure-options=image,http fetch "docker://$REGISTRY/app:layers" >/dev/null 2>&1 3>&- &
		fetcher=$!
		sleep "$delay"
		kill -KILL "$fetcher" 2>/dev/null || true
		wait "$fetcher" || true
		expect_match "$(rkt image list --no-legend | wc -l)" '^[01]$'
	done
	fetch "docker://$REGISTRY/app:layers"
	expect_status 0
	pod "${lines[-1]}" --exec=/bin/sh -- -c 'ls /opt/opaque'
	expect_equal "$output" upper
}

@test "two fetches of one image at a time both succeed and store it once" {
	rkt --insecure-options=image,http fetch "docker://$REGISTRY/app:layers" >"$BATS_TEST_TMPDIR/one" 2>&1 &
	first=$!
	fetch "docker://$REGISTRY/app:layers"
	expect_status 0
	wait "$first"
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

@test "docker:// over https with a certificate authority of its own" {
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR/https
	start_registry https
	HTTPS_PID=$REGISTRY_PID
	push latest app:1
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 254
	expect_match "$stderr" 'certificate'
	export SSL_CERT_FILE=$BATS_FILE_TMPDIR/registry/ca.pem
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	unset SSL_CERT_FILE
	expect_status 0
	new_data_dir "$BATS_TEST_TMPDIR/unchecked"
	run --separate-stderr rkt --insecure-options=image,tls fetch "docker://$REGISTRY/app:1"
	expect_status 0
}

@test "an image manifest of schema 1" {
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR/old
	start_registry
	HTTPS_PID=$REGISTRY_PID
	# A registry takes such a manifest only when it was told so.
	kill "$REGISTRY_PID"
	echo 'compatibility: {schema1: {enabled: true}}' >>"$BATS_FILE_TMPDIR/registry/config.yml"
	docker-registry serve "$BATS_FILE_TMPDIR/registry/config.yml" >"$BATS_FILE_TMPDIR/registry/log" 2>&1 3>&- &
	HTTPS_PID=$!
	wait_until curl -so /dev/null "http://$REGISTRY/v2/"
	skopeo --insecure-policy copy -q --format v2s1 --dest-tls-verify=false "oci:$FIXTURES/oci:layers" "docker://$REGISTRY/old:1"
	fetch "docker://$REGISTRY/old:1"
	expect_status 0
	image=${lines[-1]}
	pod "$image"
	expect_equal "$output" 'hello from oci'
	pod "$image" --exec=/bin/sh -- -c 'ls /opt/opaque; [ -e /opt/gone ] || echo whiteout; echo "$FROM_IMAGE"; pwd'
	expect_equal "$output" $'upper\nwhiteout\nyes\n/var'
	digest=$(curl -s -D - -o /dev/null "http://$REGISTRY/v2/old/manifests/1" | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p')
	fetch "docker://$REGISTRY/old@$digest"
	expect_status 0
	# The layers are those of the image as others have it.
	expect_equal "$(rkt image list --no-legend | wc -l)" 2
}

@test "a short name is one of Docker Hub, below library/, with the tag latest" {
	push latest library/hello:latest
	settings '{registries: ["docker.io"], mirrors: [$registry]}'
	for name in hello library/hello:latest docker.io/hello registry-1.docker.io/library/hello; do
		new_data=$BATS_TEST_TMPDIR/${name//\//-}
		mkdir -p "$new_data"
		RKT_DATA=$new_data fetch "docker://$name"
		expect_status 0
		refute_match "$stderr" 'mirror .*:'
	done
	pod --insecure-options=image,http docker://hello
	expect_equal "$output" 'hello from oci'
	expect_match "$(rkt image cat-manifest "$(rkt image list --no-legend --fields=id)" | jq -r '.annotations[] | .name + "=" + .value')" \
		'registryurl=registry-1.docker.io.*repository=library/hello'
	expect_equal "$(rkt image list --no-legend --fields=name)" registry-1.docker.io/library/hello:latest
}

@test "the manifest tells where an image came from, and the list its name and tag" {
	cd "$BATS_TEST_TMPDIR"
	cp -a "$FIXTURES/oci" oci
	umoci config --image oci:latest --author 'Jo <jo@example.com>' --created 2020-02-03T04:05:06Z
	skopeo --insecure-policy copy -q --dest-tls-verify=false oci:oci:latest "docker://$REGISTRY/team_x/app:2"
	fetch --full "docker://$REGISTRY/team_x/app:2"
	expect_status 0
	image=$output
	annotations=$(rkt image cat-manifest "$image" | jq -r '.annotations[] | .name + "=" + .value')
	inspected=$(skopeo --insecure-policy inspect --raw --tls-verify=false "docker://$REGISTRY/team_x/app:2")
	expect_match "$annotations" "appc.io/docker/registryurl=$REGISTRY"
	expect_match "$annotations" 'appc.io/docker/repository=team_x/app'
	expect_match "$annotations" "appc.io/docker/originalname=$REGISTRY/team_x/app:2"
	expect_match "$annotations" "appc.io/docker/imageid=$(jq -r .config.digest <<<"$inspected")"
	expect_match "$annotations" "appc.io/docker/manifesthash=$(skopeo --insecure-policy inspect --tls-verify=false "docker://$REGISTRY/team_x/app:2" | jq -r .Digest)"
	expect_match "$annotations" 'appc.io/docker/entrypoint=\["/bin/sh","-c"\]'
	expect_match "$annotations" 'appc.io/docker/cmd=\["echo hello from oci"\]'
	expect_match "$annotations" 'author=Jo <jo@example.com>'
	expect_match "$annotations" 'created=2020-02-03T04:05:06Z'
	# A colon cannot stand in the name of an ACI.
	expect_equal "$(rkt image list --no-legend --fields=name)" "${REGISTRY/:/_}/team_x/app:2"
}

@test "a manifest of schema 1 that is signed for another document is that document" {
	cd "$BATS_TEST_TMPDIR"
	digest=$(skopeo --insecure-policy inspect --tls-verify=false "docker://$REGISTRY/app:1" | jq -r .Digest)
	curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' -o genuine "http://$REGISTRY/v2/app/manifests/1"
	port=$(free_port)
	python3 - "$port" >/dev/null 2>&1 3>&- <<-'PYTHON' &
		import base64, http.server, json, sys
		encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
		genuine = open("genuine", "rb").read()
		header = json.dumps({"formatLength": 1, "formatTail": encode(genuine[1:])}).encode()
		layer = {"id": "1", "os": "linux", "architecture": "amd64", "throwaway": True, "config": {"Cmd": ["/evil"]}}
		document = json.dumps({"schemaVersion": 1, "name": "app", "tag": "1", "fsLayers": [{"blobSum": "sha256:" + "a" * 64}],
			"history": [{"v1Compatibility": json.dumps(layer)}], "signatures": [{"protected": encode(header)}]}).encode()
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        self.send_header("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")
		        self.end_headers()
		        self.wfile.write(document)
		http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
	PYTHON
	HTTPS_PID=$!
	wait_until curl -so /dev/null "http://127.0.0.1:$port/"
	fetch "docker://127.0.0.1:$port/app@$digest"
	expect_status 254
	expect_match "$stderr" schemaVersion
	expect_equal "$(rkt image list --no-legend)" ""
}

# settings JQ-FILTER: a file of kind registry, made of that.
settings() {
	mkdir -p "$RKT_CONFIG/registries.d"
	jq -n --arg registry "$REGISTRY" "{rktKind: \"registry\", rktVersion: \"v1\"} + $1" >"$RKT_CONFIG/registries.d/test.json"
}

@test "plain http may be allowed for one registry alone" {
	settings '{registries: [$registry], insecure: ["http"]}'
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 0
	settings '{registries: ["other.example.com"], insecure: ["http"]}'
	run --separate-stderr rkt --insecure-options=image fetch "docker://$REGISTRY/app:1"
	expect_status 254
}

@test "a mirror is asked before the registry, and the registry when the mirror cannot help" {
	settings '{registries: ["registry.invalid"], mirrors: ["127.0.0.1:1", $registry]}'
	fetch docker://registry.invalid/app:1
	expect_status 0
	expect_match "$stderr" 'fetch: mirror 127.0.0.1:1: GET http.*cannot connect'
	expect_match "$(rkt image cat-manifest --pretty-print=false "${lines[-1]}")" \
		'"name":"appc.io/docker/registryurl","value":"registry.invalid"'
	pod "${lines[-1]}"
	expect_equal "$output" 'hello from oci'
	fetch docker://registry.invalid/app:absent
	expect_status 254
	expect_match "$stderr" "mirror $REGISTRY: .*has no tag \"absent\""
	expect_match "$stderr" 'registry.invalid.*no such host'
	settings '{registries: [$registry], mirrors: ["mirror.invalid"]}'
	fetch "docker://$REGISTRY/app:layers"
	expect_status 0
}
