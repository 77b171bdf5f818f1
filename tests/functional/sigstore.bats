#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images of registries that a policy wants signed, with signatures as cosign makes them.

load lib.bash
load sigstore.bash

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	start_registry
	for key in jo eve; do
		sigstore_key "$key"
	done
}

teardown_file() {
	stop_registry
}

# Each test has a repository of its own, with the image "1" in it.
setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_FILE_TMPDIR"
	REPOSITORY=test$BATS_TEST_NUMBER/app
	IMAGE=$REGISTRY/$REPOSITORY
	push latest "$REPOSITORY:1"
}

teardown() {
	[ -z "${FRONT_PID:-}" ] || kill "$FRONT_PID"
	common_teardown
}

# policy FILTER [JQ-ARGS...]: a policy that rejects all but what the filter says of images of docker registries, an object.
policy() {
	local filter=$1
	shift
	jq -n --arg registry "$REGISTRY" --arg image "$IMAGE" --arg keys "$BATS_FILE_TMPDIR" "$@" \
		"{default: [{type: \"reject\"}], transports: {docker: $filter}}" >"$RKT_CONFIG/policy.json"
}

# demand [KEY [MEMBERS]]: a policy that wants a signature by the key, of the repository under its name.
demand() {
	policy "{(\$registry): [{type: \"sigstoreSigned\", keyPath: \"\(\$keys)/${1:-jo}.pub\",
		signedIdentity: {type: \"matchRepository\"}} + ${2:-{\}}]}"
}

fetch() {
	run --separate-stderr rkt --insecure-options=http fetch "$@"
}

accepted() {
	new_data_dir_keeping_policy
	fetch "docker://${1:-$IMAGE:1}"
	expect_status 0
}

# refused REGEX [REFERENCE]: and nothing of it is in the store, hidden or not.
refused() {
	new_data_dir_keeping_policy
	fetch "docker://${2:-$IMAGE:1}"
	expect_status 254
	expect_match "$stderr" "$1"
	expect_equal "$output" ""
	expect_equal "$(store_content)" ""
}

new_data_dir_keeping_policy() {
	local policy=$RKT_CONFIG/policy.json
	new_data_dir "$BATS_TEST_TMPDIR/data-$RANDOM$RANDOM"
	cp "$policy" "$RKT_CONFIG/policy.json"
}

@test "an image that is signed as the policy demands is fetched without an option, and runs" {
	demand
	refused "cannot verify the signature of docker://$IMAGE:1: it has no signature: there is neither a tag sha256-[0-9a-f]{64}.sig nor a referrer that is one"
	cosign jo "$REPOSITORY" 1
	accepted
	expect_equal "$(grep -A1 verified <<<"$stderr")" $'image: signature verified:\n  '"$BATS_FILE_TMPDIR/jo.pub"
	run --separate-stderr rkt --insecure-options=http run --net=none "docker://$IMAGE:1"
	plain_output
	expect_status 0
	expect_equal "$output" 'hello from oci'
	accepted "$IMAGE@$(manifest_digest "$REPOSITORY" 1)"
}

@test "without a policy nothing is verified, and the option is needed" {
	cosign jo "$REPOSITORY" 1
	fetch "docker://$IMAGE:1"
	expect_status 254
	expect_equal "$stderr" "fetch: signature verification for docker images is not supported (try --insecure-options=image)
fetch: hint: signatures of cosign are verified where a policy.json in the directory of the configuration says by which keys"
}

@test "a link to a policy that is gone is no reason to do without" {
	ln -sf /nowhere/policy.json "$RKT_CONFIG/policy.json"
	fetch --insecure-options=image,http "docker://$IMAGE:1"
	rm "$RKT_CONFIG/policy.json"
	expect_status 254
	expect_match "$stderr" 'policy.json: no such file'
}

@test "another way to spell the registry's host is no way around its policy" {
	local port=${REGISTRY##*:} spelled
	policy "{\"\": [{type: \"insecureAcceptAnything\"}], \"localhost:$port\": [{type: \"reject\"}]}"
	for spelled in "localhost:$port" "LOCALHOST:$port" "Localhost:00$port"; do
		fetch --insecure-options=image,http "docker://$spelled/${IMAGE#*/}:1"
		expect_status 254
		expect_match "$stderr" 'it rejects such images'
	done
}

@test "what the policy says counts whatever the options say" {
	policy '{($registry): [{type: "reject"}]}'
	fetch --insecure-options=image,http "docker://$IMAGE:1"
	expect_status 254
	expect_equal "$stderr" "fetch: docker://$IMAGE:1: refused by the policy for docker \"$REGISTRY\": it rejects such images"
	demand
	fetch --insecure-options=image,http "docker://$IMAGE:1"
	expect_status 254
	expect_match "$stderr" 'it has no signature'
	policy '{($registry): [{type: "insecureAcceptAnything"}]}'
	accepted
	refute_match "$stderr" verified
}

@test "a signature by somebody else" {
	demand
	cosign eve "$REPOSITORY" 1
	refused 'no key of the policy has signed it'
	# And that of jo's beside it, before and behind.
	cosign jo "$REPOSITORY" 1
	accepted
	cosign eve "$REPOSITORY" 1
	accepted
}

@test "a signature of another image" {
	demand
	push layers "$REPOSITORY:2"
	local first second
	first=$(manifest_digest "$REPOSITORY" 1)
	second=$(manifest_digest "$REPOSITORY" 2)
	payload "$IMAGE" "$second" >"$BATS_TEST_TMPDIR/other"
	attach "$REPOSITORY" "$first" "$BATS_TEST_TMPDIR/other" "$(sigstore_sign jo "$BATS_TEST_TMPDIR/other")"
	refused "the signature is that of another image, $second"
}

@test "a signature of the image under another name" {
	demand
	cosign jo "$REPOSITORY" 1 "$REGISTRY/elsewhere/app"
	refused "it is signed as \"$REGISTRY/elsewhere/app\", which the policy does not accept for $IMAGE"
	demand jo '{signedIdentity: {type: "exactRepository", dockerRepository: "\($registry)/elsewhere/app"}}'
	accepted
	demand jo '{signedIdentity: {type: "remapIdentity", prefix: $registry, signedPrefix: "example.com"}}'
	refused 'it is signed as'
	cosign jo "$REPOSITORY" 1 "example.com/$REPOSITORY:1"
	accepted
}

@test "a name without a tag is not that of a tag" {
	demand jo '{signedIdentity: {type: "matchRepoDigestOrExact"}}'
	cosign jo "$REPOSITORY" 1
	refused 'it is signed as .*hint: cosign signs a repository.s name without a tag: a signedIdentity for that is matchRepository'
	cosign jo "$REPOSITORY" 1 "$IMAGE:2"
	refused "it is signed as \"$IMAGE"
	accepted "$IMAGE@$(manifest_digest "$REPOSITORY" 1)"
	cosign jo "$REPOSITORY" 1 "$IMAGE:1"
	accepted
	demand jo '{signedIdentity: {type: "exactReference", dockerReference: "\($image):2"}}'
	accepted
}

@test "keys of all kinds, one of several, and one in the policy itself" {
	for kind in p384 rsa ed25519; do
		sigstore_key "$kind" "$kind"
		demand "$kind"
		refused 'has no signature|no key of the policy'
		cosign "$kind" "$REPOSITORY" 1
		accepted
	done
	push latest "$REPOSITORY:2" && push layers "$REPOSITORY:1"
	cosign jo "$REPOSITORY" 1
	sigstored='{type: "sigstoreSigned", signedIdentity: {type: "matchRepository"}}'
	policy "{\"\": [$sigstored + {keyPaths: [\"eve\", \"jo\"] | map(\"\(\$keys)/\(.).pub\")}]}"
	accepted
	policy "{\"\": [$sigstored + {keyData: \$data}]}" --arg data "$(base64 -w0 jo.pub)"
	accepted
	policy "{\"\": [$sigstored + {keyDatas: [\$data]}]}" --arg data "$(base64 -w0 eve.pub)"
	refused 'no key of the policy has signed it'
	demand absent
	refused 'open .*/absent.pub: no such file or directory'
	openssl genrsa -out weak.key 1024 2>/dev/null
	openssl pkey -in weak.key -pubout -out weak.pub
	demand weak
	refused 'weak.pub is no key of ECDSA'
	demand jo '{keyPath: "\($keys)/jo.key"}'
	refused 'jo.key is no public key in PEM form'
}

@test "each requirement of a rule has to be satisfied" {
	local signed='{type: "sigstoreSigned", signedIdentity: {type: "matchRepository"}}'
	policy "{(\$image): [\"jo\", \"eve\" | $signed + {keyPath: \"\(\$keys)/\(.).pub\"}]}"
	cosign jo "$REPOSITORY" 1
	refused 'no key of the policy has signed it'
	cosign eve "$REPOSITORY" 1
	accepted
	expect_equal "$(grep -c verified <<<"$stderr")" 2
}

@test "what was signed is what counts: another payload, and one that was changed on the way" {
	demand
	local digest file=$BATS_TEST_TMPDIR/payload signature
	digest=$(manifest_digest "$REPOSITORY" 1)
	# The right words with the signature of others.
	payload "$IMAGE" "sha256:$(printf '0%.0s' {1..64})" >"$file"
	signature=$(sigstore_sign jo "$file")
	payload "$IMAGE" "$digest" >"$file"
	attach "$REPOSITORY" "$digest" "$file" "$signature"
	refused 'no key of the policy has signed it'
	attach "$REPOSITORY" "$digest" "$file" 'no base 64'
	refused 'no key of the policy has signed it'
	attach "$REPOSITORY" "$digest" "$file" ''
	refused 'no key of the policy has signed it'
	# Signed, but more than is understood, or no such payload.
	jq -c '.critical.expires = "never"' "$file" >"$file.more"
	attach "$REPOSITORY" "$digest" "$file.more" "$(sigstore_sign jo "$file.more")"
	refused 'what was signed says more than is understood'
	jq -c '.critical.type = "atomic container signature"' "$file" >"$file.atomic"
	attach "$REPOSITORY" "$digest" "$file.atomic" "$(sigstore_sign jo "$file.atomic")"
	refused 'what was signed is no "cosign container image signature"'
	# A good one, of which the registry gives something else.
	cosign jo "$REPOSITORY" 1
	accepted
	local hex
	hex=$(sha256sum "$file" | head -c 64)
	tr a-f b-g <"$file" >"$BATS_FILE_TMPDIR/registry/data/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data"
	refused 'what was signed'
}

@test "a huge payload is not even asked for" {
	demand
	local digest file=$BATS_TEST_TMPDIR/huge
	digest=$(manifest_digest "$REPOSITORY" 1)
	payload "$IMAGE" "$digest" | jq -c --arg padding "$(printf ' %.0s' {1..70000})" '.optional = {padding: $padding}' >"$file"
	attach "$REPOSITORY" "$digest" "$file" "$(sigstore_sign jo "$file")"
	refused 'it has no signature of a kind that is known'
}

@test "what is in the place of signatures is none" {
	demand
	local digest
	digest=$(manifest_digest "$REPOSITORY" 1)
	skopeo --insecure-policy copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$IMAGE:1" "docker://$IMAGE:${digest/:/-}.sig"
	refused 'it has no signature of a kind that is known'
}

# push_index TAG: an index with the image "1" for this machine.
push_index() {
	local file=$BATS_TEST_TMPDIR/one
	curl -sf "http://$REGISTRY/v2/$REPOSITORY/manifests/1" -H 'Accept: application/vnd.oci.image.manifest.v1+json' >"$file"
	jq -n --argjson one "$(descriptor application/vnd.oci.image.manifest.v1+json "$file")" --arg tag "$1" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", annotations: {tag: $tag},
		manifests: [$one + {platform: {os: "linux", architecture: "amd64"}}]}' |
		curl -sf -X PUT --data-binary @- -H 'Content-Type: application/vnd.oci.image.index.v1+json' "http://$REGISTRY/v2/$REPOSITORY/manifests/$1"
}

@test "of an image for several machines the index is signed, or the machine's own manifest" {
	demand
	push_index many
	cosign eve "$REPOSITORY" many
	refused 'no key of the policy has signed it' "$IMAGE:many"
	cosign jo "$REPOSITORY" many
	accepted "$IMAGE:many"
	# That of one index says nothing of another one, or of the image when it stands alone.
	push_index other
	refused 'it has no signature' "$IMAGE:other"
	refused 'it has no signature'
	cosign jo "$REPOSITORY" 1
	accepted "$IMAGE:other"
	# Two that have to sign may have signed one each.
	local signed='{type: "sigstoreSigned", signedIdentity: {type: "matchRepository"}}'
	policy "{(\$image): [\"jo\", \"eve\" | $signed + {keyPath: \"\(\$keys)/\(.).pub\"}]}"
	accepted "$IMAGE:many"
	refused 'no key of the policy has signed it' "$IMAGE:other"
}

@test "nothing but manifests is downloaded of an image that is refused" {
	start_front
	cosign eve "$REPOSITORY" 1 "$FRONT/$REPOSITORY"
	policy "{\"\": [{type: \"sigstoreSigned\", keyPath: \"\(\$keys)/jo.pub\"}]}"
	refused 'no key of the policy has signed it' "$FRONT/$REPOSITORY:1"
	expect_equal "$(grep -c blobs "$BATS_TEST_TMPDIR/access.log")" 1
}

@test "a registry that sends its clients elsewhere" {
	start_front
	policy "{\"\": [{type: \"sigstoreSigned\", keyPath: \"\(\$keys)/jo.pub\", signedIdentity: {type: \"matchRepository\"}}]}"
	cosign jo "$REPOSITORY" 1
	# Under the name of the place where it really is it would be another image.
	refused "it is signed as \"$IMAGE\", which the policy does not accept for $FRONT/$REPOSITORY" "$FRONT/$REPOSITORY:1"
	cosign jo "$REPOSITORY" 1 "$FRONT/$REPOSITORY"
	accepted "$FRONT/$REPOSITORY:1"
	expect_match "$(<"$BATS_TEST_TMPDIR/access.log")" 'sig 307'
}

# A server that redirects to the registry for blobs and signatures, and stands in for it otherwise.
start_front() {
	local port dir=$BATS_TEST_TMPDIR
	port=$(free_port)
	start_nginx "$dir" <<-CONF
		access_log $dir/access.log plain;
		server {
			listen 127.0.0.1:$port;
			location / { proxy_pass http://$REGISTRY; proxy_set_header Host \$http_host; }
			location ~ /blobs/|[.]sig\$ { return 307 http://$REGISTRY\$request_uri; }
		}
	CONF
	FRONT_PID=$NGINX_PID FRONT=127.0.0.1:$port
	wait_until curl -so /dev/null "http://$FRONT/v2/"
}

@test "the policy of other programs, by a link" {
	jq -n '{default: [{type: "insecureAcceptAnything"}], transports: {
		"docker-daemon": {"": [{type: "insecureAcceptAnything"}]}, docker: {"example.com": [{type: "signedBy", keyType: "GPGKeys", keyPath: "/k"}]}}}' \
		>"$BATS_TEST_TMPDIR/containers.json"
	skopeo --policy "$BATS_TEST_TMPDIR/containers.json" copy -q --src-tls-verify=false "docker://$IMAGE:1" "dir:$BATS_TEST_TMPDIR/copy"
	ln -s "$BATS_TEST_TMPDIR/containers.json" "$RKT_CONFIG/policy.json"
	fetch "docker://$IMAGE:1"
	expect_status 0
}

@test "the closest scope counts" {
	local accept='[{type: "insecureAcceptAnything"}]' reject='[{type: "reject"}]'
	policy "{(\$registry): $reject, (\$image): $accept}"
	accepted
	policy "{(\$image): $accept, \"\(\$image):1\": $reject}"
	refused "refused by the policy for docker \"$IMAGE:1\""
	policy "{(\$registry): $reject, (\$image | rtrimstr(\"/app\")): $accept, \"\": $reject}"
	accepted
	policy "{(\$image + \"lication\"): $accept}"
	refused 'refused by the default of the policy: it rejects such images'
	policy "{\"\": $accept}"
	accepted
}

@test "layouts and archives have rules of their own, and archives no signatures" {
	local accept='[{type: "insecureAcceptAnything"}]' signed='[{type: "sigstoreSigned", keyPath: "/jo.pub"}]' what
	what=oci:$FIXTURES/oci:latest
	policy '{}'
	fetch "$what"
	expect_status 254
	expect_match "$stderr" "^fetch: $what: refused by the default of the policy"
	jq --arg dir "$(realpath "$FIXTURES")" ".transports.oci[\$dir] = $accept" "$RKT_CONFIG/policy.json" >"$RKT_CONFIG/new"
	mv "$RKT_CONFIG/new" "$RKT_CONFIG/policy.json"
	fetch "$what"
	expect_status 0
	jq '.transports["docker-archive"][""] = [{type: "sigstoreSigned", keyPath: "/jo.pub"}]' "$RKT_CONFIG/policy.json" >"$RKT_CONFIG/new"
	mv "$RKT_CONFIG/new" "$RKT_CONFIG/policy.json"
	fetch docker-archive:absent.tar
	expect_status 254
	expect_match "$stderr" 'it demands a signature, which archives do not have'
}

@test "a policy that is wrong, or asks for more than rkt can check" {
	local type
	for type in signedBy fulcio rekorPublicKeyPath; do
		policy "{\"\": [{type: \"${type/[fr]*/sigstoreSigned}\", ${type}: {}}]}"
		refused "refused by the policy for docker \"\": rkt cannot check \"$type\""
	done
	policy '{"": [{type: "signedByMoonlight"}]}'
	refused 'policy.json: transports.docker\[""\]: unknown type "signedByMoonlight"'
	echo '{' >"$RKT_CONFIG/policy.json"
	refused 'policy.json: line 2'
	echo '{"transports": {}}' >"$RKT_CONFIG/policy.json"
	refused 'policy.json: default: a list of requirements is needed'
}

@test "a pipe in the place of a policy, a key or logins is refused and not waited for" {
	demand jo '{keyPath: "\($keys)/fifo"}'
	mkfifo "$BATS_FILE_TMPDIR/fifo"
	cosign jo "$REPOSITORY" 1
	refused 'read .*/fifo: not a regular file'
	demand
	REGISTRY_AUTH_FILE=$BATS_FILE_TMPDIR/fifo refused 'read .*/fifo: not a regular file'
	ln -sf "$BATS_FILE_TMPDIR/fifo" "$RKT_CONFIG/policy.json"
	fetch "docker://$IMAGE:1"
	rm "$RKT_CONFIG/policy.json"
	expect_status 254
	expect_match "$stderr" 'read .*/policy.json: not a regular file'
}

@test "a scope that no image has is no policy" {
	policy '{"HTTPS://Example.com/app": [{type: "reject"}]}'
	refused 'policy.json: transports.docker."HTTPS://Example.com/app".: a scope begins with a host, without "docker://"'
	policy '{"Example.com/app": [{type: "reject"}]}'
	refused 'policy.json: transports.docker."Example.com/app".: the host is called example.com here'
}
