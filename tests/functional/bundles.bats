#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signatures of images as cosign 3 makes them, found by the registry's list of referrers, and signatures in layouts.

load lib.bash
load sigstore.bash

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	start_registry
	sigstore_key jo
	sigstore_key eve
	sigstore_key ed ed25519
	sigstore_key p384 p384
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
	DIGEST=$(manifest_digest "$REPOSITORY" 1)
	demand
}

teardown() {
	[ -z "${FRONT_PID:-}" ] || kill "$FRONT_PID"
	common_teardown
}

# demand [KEY [IDENTITY]]: a policy that wants a signature by the key for every image.
demand() {
	jq -n --arg key "$BATS_FILE_TMPDIR/${1:-jo}.pub" --argjson identity "${2:-{\"type\": \"matchDigest\"\}}" '
		{default: [{type: "sigstoreSigned", keyPath: $key, signedIdentity: $identity}]}' >"$RKT_CONFIG/policy.json"
}

fetch() {
	run --separate-stderr rkt --insecure-options=http fetch "$@"
}

accepted() {
	fetch "${1:-docker://$IMAGE:1}"
	expect_status 0
	expect_match "$stderr" 'image: signature verified:'
}

# refused REGEX [IMAGE]: and nothing of it is in the store.
refused() {
	fetch "${2:-docker://$IMAGE:1}"
	expect_status 254
	expect_match "$stderr" "$1"
	expect_equal "$(store_content)" ""
}

@test "a bundle of cosign 3 is a signature" {
	refused 'it has no signature: there is neither a tag sha256-[0-9a-f]{64}.sig nor a referrer that is one'
	cosign3 eve "$REPOSITORY" 1
	refused 'no key of the policy has signed it'
	cosign3 jo "$REPOSITORY" 1
	accepted
	run --separate-stderr rkt --insecure-options=http run --net=none "docker://$IMAGE:1"
	plain_output
	expect_equal "$output" 'hello from oci'
}

@test "a bundle by a key of another kind" {
	demand ed
	cosign3 ed "$REPOSITORY" 1
	accepted
	new_data_dir "$BATS_TEST_TMPDIR/p384"
	demand p384
	SIGSTORE_HASH=sha512 cosign3 p384 "$REPOSITORY" 1
	refused 'no key of the policy has signed it'
	SIGSTORE_HASH=sha384 cosign3 p384 "$REPOSITORY" 1
	accepted
}

@test "a bundle says nothing about a name, which a policy may want" {
	cosign3 jo "$REPOSITORY" 1
	demand jo '{"type": "matchRepository"}'
	refused "it is signed without a name, which the policy does not accept for $IMAGE.*hint: cosign signs just a digest in its bundles: the signedIdentity for that is matchDigest"
	cosign3 jo "$REPOSITORY" 1 https://sigstore.dev/cosign/sign/v1 "$REGISTRY/elsewhere"
	refused 'it is signed (without a name|as ".*elsewhere"), which the policy does not accept'
	cosign3 jo "$REPOSITORY" 1 https://sigstore.dev/cosign/sign/v1 "$IMAGE"
	accepted
}

@test "a bundle with a signature of the manifest itself" {
	curl -sf "http://$REGISTRY/v2/$REPOSITORY/manifests/1" -H 'Accept: application/vnd.oci.image.manifest.v1+json' >"$BATS_TEST_TMPDIR/manifest"
	message_bundle eve "$BATS_TEST_TMPDIR/manifest" >"$BATS_TEST_TMPDIR/bundle"
	refer "$REPOSITORY" "$DIGEST" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/bundle"
	refused 'no key of the policy has signed it'
	message_bundle jo "$BATS_TEST_TMPDIR/manifest" >"$BATS_TEST_TMPDIR/bundle"
	refer "$REPOSITORY" "$DIGEST" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/bundle"
	accepted
}

@test "what a trusted key has signed about an image is not its signature" {
	cosign3 jo "$REPOSITORY" 1 https://slsa.dev/provenance/v1
	refused 'what was signed is a statement about the image, "https://slsa.dev/provenance/v1", and not the image'
}

@test "a bundle of another image, and one that was changed" {
	push layers "$REPOSITORY:2"
	local other
	other=$(manifest_digest "$REPOSITORY" 2)
	statement "$other" >"$BATS_TEST_TMPDIR/statement"
	bundle jo "$BATS_TEST_TMPDIR/statement" >"$BATS_TEST_TMPDIR/bundle"
	refer "$REPOSITORY" "$DIGEST" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/bundle"
	refused "the signature is that of another image, $other"
	statement "$DIGEST" >"$BATS_TEST_TMPDIR/statement"
	jq -c --arg payload "$(base64 -w0 "$BATS_TEST_TMPDIR/statement")" '.dsseEnvelope.payload = $payload' "$BATS_TEST_TMPDIR/bundle" >"$BATS_TEST_TMPDIR/changed"
	refer "$REPOSITORY" "$DIGEST" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/changed"
	refused 'the signature is that of another image'
}

@test "a bundle by a certificate is refused, whatever else it says" {
	statement "$DIGEST" >"$BATS_TEST_TMPDIR/statement"
	bundle jo "$BATS_TEST_TMPDIR/statement" | jq -c '.verificationMaterial.certificate = {rawBytes: ""}' >"$BATS_TEST_TMPDIR/bundle"
	refer "$REPOSITORY" "$DIGEST" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/bundle"
	refused 'it is signed by a certificate [(]keyless[)], which rkt cannot check'
}

@test "a signature of the older form among the referrers" {
	payload "$IMAGE:1" "$DIGEST" >"$BATS_TEST_TMPDIR/payload"
	demand jo '{"type": "matchExact"}'
	refer "$REPOSITORY" "$DIGEST" application/vnd.dev.cosign.simplesigning.v1+json "$BATS_TEST_TMPDIR/payload" \
		"$(jq -cn --arg s "$(sigstore_sign jo "$BATS_TEST_TMPDIR/payload")" '{"dev.cosignproject.cosign/signature": $s}')"
	accepted
}

@test "referrers of something else are none" {
	push layers "$REPOSITORY:2"
	local other
	other=$(manifest_digest "$REPOSITORY" 2)
	statement "$DIGEST" >"$BATS_TEST_TMPDIR/statement"
	bundle jo "$BATS_TEST_TMPDIR/statement" >"$BATS_TEST_TMPDIR/bundle"
	refer "$REPOSITORY" "$other" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/bundle"
	curl -sf "http://$REGISTRY/v2/$REPOSITORY/manifests/${other/:/-}" -H 'Accept: application/vnd.oci.image.index.v1+json' |
		curl -sf -X PUT --data-binary @- -H 'Content-Type: application/vnd.oci.image.index.v1+json' \
			"http://$REGISTRY/v2/$REPOSITORY/manifests/${DIGEST/:/-}"
	refused 'it has no signature of a kind that is known'
}

@test "a registry that knows referrers is asked for them" {
	start_front
	cosign3 jo "$REPOSITORY" 1
	accepted "docker://$FRONT/$REPOSITORY:1"
	expect_match "$(<"$BATS_TEST_TMPDIR/access.log")" "/v2/$REPOSITORY/referrers/$DIGEST 200"
	# Nobody asks for the tag that takes the place of the list where there is none.
	refute_match "$(<"$BATS_TEST_TMPDIR/access.log")" "sha256-[0-9a-f]+ "
}

# fake_referrers N: so many entries of an index that lead to nothing.
fake_referrers() {
	jq -cn --argjson n "$1" --arg type "$BUNDLE_TYPE" '[range($n) | {mediaType: "application/vnd.oci.image.manifest.v1+json", size: 100,
		artifactType: $type, digest: ("sha256:" + (("0" * 64) + tostring)[-64:])}]'
}

# put_referrers ENTRIES...: lists of them, one behind the other, as the referrers of every image.
put_referrers() {
	printf '%s' "$@" | jq -cs '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: add}' >"$BATS_TEST_TMPDIR/www"
}

@test "of thousands of referrers the last ones count" {
	cosign3 jo "$REPOSITORY" 1
	start_front "location ~ /referrers/ { alias $BATS_TEST_TMPDIR/www; }"
	local good fakes log=$BATS_TEST_TMPDIR/access.log
	good=$(curl -sf "http://$REGISTRY/v2/$REPOSITORY/manifests/${DIGEST/:/-}" -H 'Accept: application/vnd.oci.image.index.v1+json' | jq -c .manifests)
	fakes=$(fake_referrers 3000)
	put_referrers "$good" "$fakes"
	refused 'it has no signature' "docker://$FRONT/$REPOSITORY:1"
	expect_equal "$(grep -c '/manifests/sha256:0' "$log")" 64
	put_referrers "$fakes" "$good"
	accepted "docker://$FRONT/$REPOSITORY:1"
	expect_equal "$(grep -c '/manifests/sha256:0' "$log")" 64
}

# A server in front of the registry that knows referrers: the index that clients keep, at its proper place, or what is given.
start_front() {
	local port dir=$BATS_TEST_TMPDIR
	local referrers=${1:-"location ~ ^(/v2/.*)/referrers/sha256:(.*)\$ { proxy_pass http://$REGISTRY\$1/manifests/sha256-\$2; }"}
	port=$(free_port)
	start_nginx "$dir" <<-CONF
		access_log $dir/access.log plain;
		server {
			listen 127.0.0.1:$port;
			location / { proxy_pass http://$REGISTRY; proxy_set_header Host \$http_host; }
			$referrers
		}
	CONF
	FRONT_PID=$NGINX_PID FRONT=127.0.0.1:$port
	wait_until curl -so /dev/null "http://$FRONT/v2/"
}

# make_layout: a layout with the fixture's image "latest" alone, in LAYOUT.
make_layout() {
	LAYOUT=$BATS_TEST_TMPDIR/layout
	skopeo --insecure-policy copy -q "oci:$FIXTURES/oci:latest" "oci:$LAYOUT:latest"
	DIGEST=$(jq -r '.manifests[0].digest' "$LAYOUT/index.json")
}

# put_blob FILE
put_blob() {
	cp "$1" "$LAYOUT/blobs/sha256/$(sha256sum "$1" | head -c 64)"
}

# put_entry FILE MORE: the manifest, and its entry in the index with these members.
put_entry() {
	put_blob "$1"
	jq -c --argjson entry "$(descriptor application/vnd.oci.image.manifest.v1+json "$1")" --argjson more "$2" \
		'.manifests += [$entry + $more]' "$LAYOUT/index.json" >"$LAYOUT/new"
	mv "$LAYOUT/new" "$LAYOUT/index.json"
}

# put_signature KEY NAME ENTRY: a signature of the older form.
put_signature() {
	local dir=$BATS_TEST_TMPDIR
	payload "$2" "$DIGEST" >"$dir/payload"
	put_blob "$dir/payload"
	artifact "$DIGEST" application/vnd.oci.image.config.v1+json "$(descriptor application/vnd.dev.cosign.simplesigning.v1+json "$dir/payload" \
		"$(jq -cn --arg s "$(sigstore_sign "$1" "$dir/payload")" '{"dev.cosignproject.cosign/signature": $s}')")" | jq -c 'del(.subject)' >"$dir/artifact"
	put_entry "$dir/artifact" "$3"
}

@test "a layout with a signature as a registry has it" {
	make_layout
	refused 'it has no signature' "oci:$LAYOUT"
	put_signature eve example.com/app "{\"annotations\": {\"org.opencontainers.image.ref.name\": \"${DIGEST/:/-}.sig\"}}"
	refused 'no key of the policy has signed it' "oci:$LAYOUT"
	make_layout
	jq -c 'del(.manifests[1:])' "$LAYOUT/index.json" >"$LAYOUT/new" && mv "$LAYOUT/new" "$LAYOUT/index.json"
	put_signature jo example.com/app "{\"annotations\": {\"org.opencontainers.image.ref.name\": \"${DIGEST/:/-}.sig\"}}"
	# It is the image that is meant, also without its tag.
	accepted "oci:$LAYOUT"
	accepted "oci:$LAYOUT:latest"
}

@test "a layout as cosign saves it" {
	make_layout
	put_signature jo example.com/app '{"annotations": {"kind": "dev.cosignproject.cosign/sigs"}}'
	accepted "oci:$LAYOUT"
}

@test "a layout with a bundle that refers to the image" {
	make_layout
	local dir=$BATS_TEST_TMPDIR
	statement "$DIGEST" >"$dir/statement"
	bundle jo "$dir/statement" >"$dir/bundle"
	put_blob "$dir/bundle"
	artifact "$DIGEST" "$BUNDLE_TYPE" "$(descriptor "$BUNDLE_TYPE" "$dir/bundle")" >"$dir/artifact"
	refused 'it has no signature' "oci:$LAYOUT"
	# As cosign 3 saves it, and as others do.
	put_blob "$dir/artifact"
	accepted "oci:$LAYOUT"
	put_entry "$dir/artifact" "{\"artifactType\": \"$BUNDLE_TYPE\"}"
	accepted "oci:$LAYOUT:latest"
}

@test "a directory has no name, so that a policy names what was signed" {
	make_layout
	put_signature jo example.com/app '{"annotations": {"kind": "dev.cosignproject.cosign/sigs"}}'
	demand jo '{"type": "matchRepository"}'
	refused 'it is signed as "example.com/app", which the policy does not accept for an image without a name.*hint: for directories' "oci:$LAYOUT"
	demand jo '{"type": "exactRepository", "dockerRepository": "example.com/application"}'
	refused 'it is signed as "example.com/app"' "oci:$LAYOUT"
	demand jo '{"type": "exactRepository", "dockerRepository": "example.com/app"}'
	accepted "oci:$LAYOUT"
}

@test "very many large bundles take little memory" {
	make_layout
	local dir=$BATS_TEST_TMPDIR i layers used
	statement "$DIGEST" >"$dir/statement"
	bundle eve "$dir/statement" | jq -c '. + {more: ("x" * 250000)}' >"$dir/bundle"
	put_blob "$dir/bundle"
	artifact "$DIGEST" "$BUNDLE_TYPE" "$(descriptor "$BUNDLE_TYPE" "$dir/bundle")" >"$dir/one"
	for i in {1..4}; do
		jq -c --arg i "$i" '.annotations.i = $i | .layers[0] as $l | .layers = [range(128) | $l]' "$dir/one" >"$dir/artifact"
		put_entry "$dir/artifact" "{\"artifactType\": \"$BUNDLE_TYPE\"}"
	done
	refused 'no key of the policy has signed it' "oci:$LAYOUT:latest"
	used=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
		"$BUILD/libexec/rkt-fetch" --dir="$RKT_DATA" --local-config="$RKT_CONFIG" "oci:$LAYOUT:latest")
	[ "$used" -gt 4096 ] && [ "$used" -lt 65536 ] || { echo "$used KiB"; false; }
}
