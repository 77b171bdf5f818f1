# SPDX-License-Identifier: Apache-2.0
# Signatures of images as cosign makes them, with openssl and curl: the payload, its signature, and the manifest in the
# image's repository that holds them, by the text of cosign's specification.

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

# sigstore_sign KEY FILE: the signature in base 64, on stdout.
sigstore_sign() {
	if openssl pkey -in "$1.key" -noout -text | grep -q ED25519; then
		openssl pkeyutl -sign -inkey "$1.key" -rawin -in "$2" | base64 -w0
	else
		openssl dgst -sha256 -sign "$1.key" "$2" | base64 -w0
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
