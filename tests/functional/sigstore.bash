# SPDX-License-Identifier: Apache-2.0
# Signatures of images as cosign makes them, with openssl and curl: the payload, its signature, and the manifest in the
# image's repository that holds them; and its bundles, in manifests that refer to the image. By the texts of cosign's
# and sigstore's specifications.

# sigstore_key NAME [p256 | p384 | rsa | ed25519]: a key pair, NAME.key and NAME.pub.
sigstore_key() {
	local options=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)
	case ${2:-p256} in
	p384) options=(-algorithm EC -pkeyopt ec_paramgen_curve:P-384) ;;
	rsa) options=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048) ;;
	ed25519) options=(-algorithm ED25519) ;;
	esac
	openssl genpkey "${options[@]}" -out "$1.key" 2>/dev/null
	openssl pkey -in "$1.key" -pubout -out "$1.pub"
}

# sigstore_sign KEY FILE: the signature in base 64, on stdout; over SHA-256, or SIGSTORE_HASH.
sigstore_sign() {
	if openssl pkey -in "$1.key" -noout -text | grep -q ED25519; then
		openssl pkeyutl -sign -inkey "$1.key" -rawin -in "$2" | base64 -w0
	else
		openssl dgst "-${SIGSTORE_HASH:-sha256}" -sign "$1.key" "$2" | base64 -w0
	fi
}

# manifest_digest REPOSITORY REFERENCE: as the registry has it.
manifest_digest() {
	curl -sf "http://$REGISTRY/v2/$1/manifests/$2" -H "Accept: application/vnd.oci.image.manifest.v1+json" \
		-H "Accept: application/vnd.oci.image.index.v1+json" | sha256sum | sed 's/^/sha256:/; s/ .*//'
}

# payload NAME DIGEST: what is signed.
payload() {
	jq -cn --arg name "$1" --arg digest "$2" '{critical: {identity: {"docker-reference": $name},
		image: {"docker-manifest-digest": $digest}, type: "cosign container image signature"}, optional: null}' | tr -d '\n'
}

# push_blob REPOSITORY FILE
push_blob() {
	local location
	location=$(curl -sfi -X POST "http://$REGISTRY/v2/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^Location: //p')
	curl -sf -X PUT --data-binary "@$2" -H 'Content-Type: application/octet-stream' \
		"$location&digest=sha256:$(sha256sum "$2" | head -c 64)"
}

# descriptor MEDIA-TYPE FILE [ANNOTATIONS]
descriptor() {
	jq -cn --arg type "$1" --arg digest "sha256:$(sha256sum "$2" | head -c 64)" --argjson size "$(stat -c %s "$2")" \
		--argjson annotations "${3:-null}" '{mediaType: $type, digest: $digest, size: $size} +
		if $annotations then {annotations: $annotations} else {} end'
}

# attach REPOSITORY DIGEST PAYLOAD-FILE SIGNATURE: adds a signature to those of the image with that digest.
attach() {
	local repository=$1 tag=${2/:/-}.sig file=$3 url layers
	url=http://$REGISTRY/v2/$repository/manifests/$tag
	layers=$(curl -sf "$url" -H 'Accept: application/vnd.oci.image.manifest.v1+json' | jq -c .layers) || layers=[]
	printf '{}' >"$BATS_TEST_TMPDIR/empty-config"
	push_blob "$repository" "$file"
	push_blob "$repository" "$BATS_TEST_TMPDIR/empty-config"
	jq -cn --argjson config "$(descriptor application/vnd.oci.image.config.v1+json "$BATS_TEST_TMPDIR/empty-config")" \
		--argjson layers "${layers:-[]}" \
		--argjson layer "$(descriptor application/vnd.dev.cosign.simplesigning.v1+json "$file" \
			"$(jq -cn --arg signature "$4" '{"dev.cosignproject.cosign/signature": $signature}')")" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: ($layers + [$layer])}' |
		curl -sf -X PUT --data-binary @- -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' "$url"
}

# cosign KEY REPOSITORY REFERENCE [NAME]: signs an image of the registry, as NAME or else as its repository.
cosign() {
	local digest file=$BATS_TEST_TMPDIR/payload
	digest=$(manifest_digest "$2" "$3")
	payload "${4:-$REGISTRY/$2}" "$digest" >"$file"
	attach "$2" "$digest" "$file" "$(sigstore_sign "$1" "$file")"
}

# statement DIGEST [PREDICATE-TYPE [NAME]]: what is signed in a bundle.
statement() {
	jq -cn --arg hex "${1#*:}" --arg type "${2:-https://sigstore.dev/cosign/sign/v1}" --arg name "${3:-}" '
		{_type: "https://in-toto.io/Statement/v1", subject: [{digest: {sha256: $hex}} + if $name == "" then {} else {name: $name} end],
		predicateType: $type, predicate: {}}' | tr -d '\n'
}

# bundle KEY STATEMENT-FILE: a bundle with the signed statement, on stdout.
bundle() {
	local signed=$BATS_TEST_TMPDIR/signed
	{
		printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(stat -c %s "$2")"
		cat "$2"
	} >"$signed"
	jq -cn --arg payload "$(base64 -w0 "$2")" --arg sig "$(sigstore_sign "$1" "$signed")" '
		{mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", verificationMaterial: {publicKey: {hint: "of no use"}},
		dsseEnvelope: {payload: $payload, payloadType: "application/vnd.in-toto+json", signatures: [{sig: $sig}]}}'
}

# message_bundle KEY MANIFEST-FILE: a bundle with a signature of the manifest itself, on stdout.
message_bundle() {
	jq -cn --arg signature "$(sigstore_sign "$1" "$2")" '
		{mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", verificationMaterial: {publicKey: {hint: ""}},
		messageSignature: {messageDigest: {algorithm: "SHA2_256", digest: ""}, signature: $signature}}'
}

# artifact SUBJECT ARTIFACT-TYPE LAYER: a manifest that refers to the subject, on stdout; its configuration is "{}".
artifact() {
	printf '{}' >"$BATS_TEST_TMPDIR/empty-config"
	jq -cn --arg subject "$1" --arg type "$2" --argjson layer "$3" \
		--argjson config "$(descriptor application/vnd.oci.empty.v1+json "$BATS_TEST_TMPDIR/empty-config")" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: $type, config: $config, layers: [$layer],
		subject: {mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $subject, size: 1}}' | tr -d '\n'
}

# refer REPOSITORY DIGEST MEDIA-TYPE FILE [ANNOTATIONS]: adds a referrer with that file to the image with that digest, as clients do
# where the registry knows no referrers: in an index with a tag.
refer() {
	local repository=$1 digest=$2 type=$3 artifact_type=$3 url=http://$REGISTRY/v2/$1/manifests manifest=$BATS_TEST_TMPDIR/artifact entries
	[ "$type" != application/vnd.dev.cosign.simplesigning.v1+json ] || artifact_type=application/vnd.dev.cosign.artifact.sig.v1+json
	artifact "$digest" "$artifact_type" "$(descriptor "$type" "$4" "${5:-}")" >"$manifest"
	push_blob "$repository" "$4"
	push_blob "$repository" "$BATS_TEST_TMPDIR/empty-config"
	curl -sf -X PUT --data-binary "@$manifest" -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
		"$url/sha256:$(sha256sum "$manifest" | head -c 64)"
	entries=$(curl -sf "$url/${digest/:/-}" -H 'Accept: application/vnd.oci.image.index.v1+json' | jq -c .manifests) || entries=[]
	jq -cn --argjson entries "${entries:-[]}" --arg type "$artifact_type" \
		--argjson entry "$(descriptor application/vnd.oci.image.manifest.v1+json "$manifest")" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: ($entries + [$entry + {artifactType: $type}])}' |
		curl -sf -X PUT --data-binary @- -H 'Content-Type: application/vnd.oci.image.index.v1+json' "$url/${digest/:/-}"
}

BUNDLE_TYPE=application/vnd.dev.sigstore.bundle.v0.3+json

# cosign3 KEY REPOSITORY REFERENCE [PREDICATE-TYPE [NAME]]: signs an image of the registry as cosign 3 does.
cosign3() {
	local digest
	digest=$(manifest_digest "$2" "$3")
	statement "$digest" "${@:4}" >"$BATS_TEST_TMPDIR/statement"
	bundle "$1" "$BATS_TEST_TMPDIR/statement" >"$BATS_TEST_TMPDIR/bundle"
	refer "$2" "$digest" "$BUNDLE_TYPE" "$BATS_TEST_TMPDIR/bundle"
}
