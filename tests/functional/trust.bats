#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Keys that are trusted, and images that are fetched because one of them has signed.

load lib.bash
load keys.bash

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	make_keyring "$BATS_FILE_TMPDIR/gnupg"
	make_key jo ed25519
	make_key eve rsa2048
	quiet_gpg --quick-add-key "$(fingerprint eve)" rsa2048 sign never
	export_key eve
	make_certificate .
	serve_http
	serve_https
}

# Files of the directory, by http and https.
serve_http() {
	free_port >http.port
	python3 -m http.server --bind 127.0.0.1 "$(cat http.port)" >http.log 2>&1 3>&- &
	export HTTP_PID=$! HTTP=http://127.0.0.1:$(cat http.port)
	wait_until curl -so /dev/null "$HTTP/jo.asc"
}

serve_https() {
	free_port >https.port
	python3 - "$(cat https.port)" >https.log 2>&1 3>&- <<-'PYTHON' &
		import http.server, ssl, sys
		server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain("server.pem", "server.key")
		server.socket = context.wrap_socket(server.socket, server_side=True)
		server.serve_forever()
	PYTHON
	export HTTPS_PID=$! HTTPS=https://127.0.0.1:$(cat https.port)
	wait_until curl -so /dev/null --cacert ca.pem "$HTTPS/jo.asc"
}

teardown_file() {
	kill "$HTTP_PID" "$HTTPS_PID"
	end_keyring
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	JO=$BATS_FILE_TMPDIR/jo.asc EVE=$BATS_FILE_TMPDIR/eve.asc
	LOCAL=$RKT_CONFIG/trustedkeys SYSTEM=$RKT_CONFIG-system/trustedkeys
}

teardown() {
	common_teardown
}

trust() {
	run --separate-stderr rkt trust "$@" </dev/null
}

# The keys that are stored, as paths below trustedkeys, in their alphabet.
stored() {
	find "$LOCAL" -type f -printf '%P\n' 2>/dev/null | sort
}

# refused REGEX ARGS...: status 254, the message, and no key stored.
refused() {
	local pattern=$1
	shift
	trust "$@"
	expect_status 254
	expect_match "$stderr" "$pattern"
	expect_equal "$(stored)" ""
}

# The fingerprint of a key or subkey as people read it.
readable() {
	tr a-f A-F <<<"$1" | sed -E 's/(.{4})/\1 /g; s/ $//; s/^(.{24})/\1 /'
}

# --- rkt trust -------------------------------------------------------------------------------------

@test "trust stores a key for a prefix, and shows what it is" {
	trust --prefix=example.com/app --skip-fingerprint-review "$EVE"
	expect_status 0
	key=$(fingerprint eve)
	subkey=$(gpg --with-colons --list-keys eve 2>/dev/null 3>&- | awk -F: '$1 == "fpr" { f = $10 } END { print f }')
	expect_equal "$stderr" "pubkey: prefix: \"example.com/app\""$'\n'"key: \"$EVE\""
	expect_match "$(readable "$key")" '^([0-9A-F]{4} ){5}( [0-9A-F]{4}){5}$'
	expect_equal "$output" "gpg key fingerprint is: $(readable "$key")
    Subkey fingerprint: $(readable "$subkey")
	eve <eve@example.com>
Trusting \"$EVE\" for prefix \"example.com/app\" without fingerprint review.
Added key for prefix \"example.com/app\" at \"$LOCAL/prefix.d/example.com/app/$key\""
	expect_equal "$(stored)" "prefix.d/example.com/app/$key"
	cmp "$LOCAL/$(stored)" "$EVE"
}

@test "trust stores with the modes that others rely on" {
	umask 077
	trust --prefix=example.com/app --skip-fingerprint-review "$JO"
	expect_status 0
	expect_equal "$(find "$LOCAL" -printf '%m %y\n' | sort | uniq -c | xargs)" "1 644 f 4 755 d"
}

@test "trust for every image has to be meant" {
	refused '^trust: aborting due to implicit unbounded trust \(root domain\)' "$JO"
	refused '^trust: --root and --prefix exclude each other$' --root --prefix=example.com "$JO"
	refused 'root needs a key' --root
	trust --root --skip-fingerprint-review "$JO"
	expect_status 0
	expect_equal "${lines[-1]}" "Added root key at \"$LOCAL/root.d/$(fingerprint jo)\""
	expect_equal "$(stored)" "root.d/$(fingerprint jo)"
}

@test "trust alone says what is missing" {
	run --separate-stderr rkt trust
	expect_status 254
	expect_match "$stderr" '--prefix is missing'
	expect_match "$stderr" 'USAGE'
}

@test "a prefix is a name" {
	refused '^trust: --prefix must not contain a URL scheme, omit https://$' --prefix=https://example.com "$JO"
	for prefix in 'example.com/*' ../../etc /example.com example.com/ Example.com 'a b' example.com/../../etc a//b a/./b; do
		refused "^trust: --prefix=.* cannot be the beginning of an image's name" --prefix="$prefix" "$JO"
	done
	trust
	expect_status 254
	expect_match "$stderr" 'USAGE'
}

@test "a key that is none" {
	refused '^trust: error adding keys: open /nonexistent.gpg: no such file or directory$' --root /nonexistent.gpg
	gpg --dearmor <"$JO" >binary
	refused 'error adding keys: the file is not an ASCII-armored public key' --root --skip-fingerprint-review binary
	quiet_gpg --armor --export-secret-keys jo >secret
	refused 'has a secret key in it' --root --skip-fingerprint-review secret
	head -c 2000000 /dev/zero >large
	refused 'larger than 1048576 bytes' --root --skip-fingerprint-review large
}

@test "without a keystore nothing can be trusted" {
	run --separate-stderr rkt --insecure-options=image trust --root --skip-fingerprint-review "$JO"
	expect_status 254
	expect_equal "$stderr" "trust: could not get the keystore"
	expect_equal "$(stored)" ""
}

@test "several keys at once, and one that is there already" {
	trust --prefix=example.com --skip-fingerprint-review "$JO" "$EVE"
	expect_status 0
	expect_equal "$(stored | wc -l)" 2
	: >"$LOCAL/prefix.d/example.com/$(fingerprint jo)"
	trust --prefix=example.com --skip-fingerprint-review "$JO"
	expect_status 0
	cmp "$LOCAL/prefix.d/example.com/$(fingerprint jo)" "$JO"
}

@test "a terminal is asked until it says yes or no" {
	rkt_command
	run "$BATS_TEST_DIRNAME/at-terminal" 24x200 "${RKT_COMMAND[@]}" trust --prefix=example.com "$JO" "$EVE" <<-'STEPS'
		wait Are you sure you want to trust this key (yes/no)?
		type y\r
		wait Please enter 'yes' or 'no'
		type no\r
		wait Are you sure you want to trust this key (yes/no)?
		type yes\r
	STEPS
	expect_match "$output" "not trusting \"$JO\""
	expect_match "$output" "Trusting \"$EVE\" for prefix \"example.com\" after fingerprint review."
	expect_match "$output" 'status 0$'
	expect_equal "$(stored)" "prefix.d/example.com/$(fingerprint eve)"
}

@test "an answer that does not come" {
	rkt_command
	run "$BATS_TEST_DIRNAME/at-terminal" 24x200 "${RKT_COMMAND[@]}" trust --prefix=example.com "$JO" <<-'STEPS'
		wait Are you sure you want to trust this key (yes/no)?
		type \x04
	STEPS
	expect_match "$output" 'there was no answer'
	expect_match "$output" 'status 254$'
	expect_equal "$(stored)" ""
}

@test "where nobody can be asked nothing is trusted" {
	refused 'error adding keys: unable to ask whether to trust the key' --prefix=example.com "$JO"
	expect_match "$stderr" 'rkt trust --prefix example.com'
	expect_match "$stderr" 'trust-keys-from-https'
	# For a file that option says nothing.
	refused 'unable to ask' --trust-keys-from-https --prefix=example.com "$JO"
}

@test "a key behind an http URL" {
	refused 'error adding keys: http://127.0.0.1:.*/jo.asc is not a secure place for a key' --prefix=example.com --skip-fingerprint-review "$HTTP/jo.asc"
	expect_match "$stderr" 'hint: --insecure-allow-http'
	refused 'unable to ask' --insecure-allow-http --trust-keys-from-https --prefix=example.com "$HTTP/jo.asc"
	refused '^trust: GET .*/absent.asc: bad HTTP status code: 404$' --insecure-allow-http --root --skip-fingerprint-review "$HTTP/absent.asc"
	trust --insecure-allow-http --prefix=example.com --skip-fingerprint-review "$HTTP/jo.asc"
	expect_status 0
	expect_equal "$(stored)" "prefix.d/example.com/$(fingerprint jo)"
	cmp "$LOCAL/$(stored)" "$JO"
}

@test "a key behind an https URL" {
	# A server that nobody vouches for is none, unless both words say so.
	refused '^trust: GET .*: TLS failure' --trust-keys-from-https --prefix=example.com "$HTTPS/jo.asc"
	refused '^trust: GET .*: TLS failure' --insecure-options=tls --trust-keys-from-https --prefix=example.com "$HTTPS/jo.asc"
	export SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca.pem
	refused 'unable to ask' --prefix=example.com "$HTTPS/jo.asc"
	trust --trust-keys-from-https --prefix=example.com "$HTTPS/jo.asc"
	expect_status 0
	expect_match "$output" "Trusting \"$HTTPS/jo.asc\" for prefix \"example.com\" without fingerprint review."
	expect_equal "$(stored)" "prefix.d/example.com/$(fingerprint jo)"
	unset SSL_CERT_FILE
	trust --insecure-options=tls,pubkey --prefix=example.org --skip-fingerprint-review "$HTTPS/jo.asc"
	expect_status 0
}

# The directories are those of dist/tmpfiles.d; groups are told by number, so that none has to be made.
@test "members of the group rkt-admin may trust keys, others may not" {
	for_everybody
	cp "$JO" "$EVE" .
	chmod a+r jo.asc eve.asc
	mkdir -p "$LOCAL/prefix.d" "$LOCAL/root.d"
	chgrp -R 4242 "$RKT_CONFIG"
	chmod -R 2775 "$RKT_CONFIG"
	command=(programs/rkt "--local-config=$RKT_CONFIG" "--system-config=$RKT_CONFIG-system" trust --skip-fingerprint-review)
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "${command[@]}" --root jo.asc
	expect_status 254
	expect_match "$stderr" 'permission denied'
	expect_match "$stderr" 'hint: this needs root, or the group rkt-admin$'
	for user in 65533 65534; do
		run --separate-stderr setpriv --reuid=$user --regid=$user --groups=4242 "${command[@]}" --prefix="user$user.example" jo.asc
		expect_status 0
		run --separate-stderr setpriv --reuid=$user --regid=$user --groups=4242 "${command[@]}" --root jo.asc eve.asc
		expect_status 0
	done
	expect_equal "$(stored | wc -l)" 4
	expect_equal "$(find "$LOCAL" -type f -printf '%m %g\n' | sort -u)" "644 4242"
}

# --- fetching --------------------------------------------------------------------------------------

# signed_image FILE NAME [WHO [GPG-OPTION...]]: an ACI of that name, and its signature beside it.
signed_image() {
	local file=$1 name=$2 who=${3:-jo}
	shift $(($# < 3 ? $# : 3))
	make_aci "$file" ".name = \"$name\""
	sign "$who" "$file" "$file.asc" "$@"
}

trusted() {
	rkt trust --skip-fingerprint-review "$@" >/dev/null 2>&1
}

fetch() {
	run --separate-stderr rkt fetch "$@"
}

# not_fetched REGEX ARGS...: status 254, the message, and nothing in the store, hidden or not.
not_fetched() {
	local pattern=$1
	shift
	fetch "$@"
	expect_status 254
	expect_equal "$output" ""
	expect_match "$stderr" "$pattern"
	expect_equal "$(rkt image list --no-legend)" ""
	expect_equal "$(store_content)" ""
}

@test "an image signed by a key of its prefix is fetched, and runs" {
	trusted --prefix=example.com "$JO"
	signed_image app.aci example.com/app
	fetch app.aci
	expect_status 0
	expect_equal "$output" "sha512-$(sha512sum app.aci | head -c 32)"
	expect_equal "$stderr" $'image: signature verified:\n  jo <jo@example.com>'
	signed_image sh.aci example.com/sh
	pod ./sh.aci --exec=/bin/echo -- signed
	expect_status 0
	expect_equal "$output" signed
	expect_match "$stderr" 'image: signature verified:'
}

@test "an image signed by a key for every image" {
	trusted --root "$EVE"
	signed_image app.aci example.com/app eve
	fetch app.aci
	expect_status 0
	expect_match "$stderr" 'eve <eve@example.com>'
}

@test "the signature is one of the archive as it is, compressed" {
	trusted --prefix=example.com/app "$JO"
	make_aci plain '.name = "example.com/app"'
	for tool in gzip xz; do
		"$tool" -c plain >app.aci
		sign jo app.aci app.aci.asc
		fetch app.aci
		expect_status 0
	done
	new_data_dir "$BATS_TEST_TMPDIR/again"
	trusted --prefix=example.com/app "$JO"
	sign jo plain app.aci.asc
	not_fetched 'cannot verify the signature of .*/app.aci: openpgp: invalid signature' app.aci
}

@test "a binary signature, and one that is elsewhere" {
	trusted --prefix=example.com/app "$JO"
	signed_image app.aci example.com/app jo --no-armor
	fetch app.aci
	expect_status 0
	mv app.aci.asc elsewhere
	not_found='open /.*/app.aci.asc: no such file or directory'
	fetch app.aci
	expect_match "$stderr" "$not_found"
	fetch app.aci --signature=elsewhere
	expect_status 0
	fetch app.aci --signature=absent
	expect_status 254
	expect_match "$stderr" 'open absent: no such file or directory'
	expect_match "$stderr" 'hint: this is the file that --signature names'
}

@test "each image has its own signature" {
	trusted --prefix=example.com "$JO"
	signed_image one.aci example.com/one
	signed_image two.aci example.com/two
	mv one.aci.asc first
	mv two.aci.asc second
	fetch one.aci --signature=first two.aci --signature=second
	expect_status 0
	expect_equal "${#lines[@]}" 2
	fetch one.aci --signature=first two.aci
	expect_status 254
	expect_match "$stderr" 'open /.*/two.aci.asc'
}

@test "a signer whom nobody trusts" {
	signed_image app.aci example.com/app eve
	not_fetched '^image: No key is trusted for this image' app.aci
	trusted --prefix=example.com/app "$JO"
	not_fetched "^image: If you expected the signing key to change, try running:"$'\n'"image:     rkt trust --prefix example.com/app"$'\n'"fetch: cannot verify the signature of $PWD/app.aci: openpgp: signature made by unknown entity$" app.aci
}

@test "the name in the manifest decides whose key counts" {
	trusted --prefix=example.com/app "$JO"
	signed_image app.aci example.org/other
	not_fetched 'rkt trust --prefix example.org/other' app.aci
	# Not by letters, but by components.
	signed_image app.aci example.com/application
	not_fetched 'signature made by unknown entity' app.aci
	signed_image app.aci example.com/app/../../elsewhere
	not_fetched 'no key can be trusted for the image name' app.aci
	signed_image app.aci example.com/app/worker
	fetch app.aci
	expect_status 0
}

@test "an image that is not what was signed" {
	trusted --prefix=example.com "$JO"
	signed_image app.aci example.com/app
	make_aci app.aci '.name = "example.com/app" | .app.exec = ["/bin/sh"]'
	not_fetched 'openpgp: invalid signature' app.aci
	signed_image app.aci example.com/app
	echo >>app.aci
	not_fetched 'openpgp: invalid signature' app.aci
	head -c 3000 /dev/urandom >app.aci.asc
	not_fetched 'keystore: no valid signatures found in signature file' app.aci
	: >app.aci.asc
	not_fetched 'keystore: no valid signatures found in signature file' app.aci
}

@test "a key that was revoked after it was trusted" {
	cp "$BATS_FILE_TMPDIR/gnupg" gnupg -r
	local GNUPGHOME=$PWD/gnupg
	make_key gone ed25519
	signed_image app.aci example.com/app gone
	sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$(fingerprint gone | tr a-f A-F).rev" >gone.rev
	quiet_gpg --import gone.rev
	export_key gone
	trust --prefix=example.com --skip-fingerprint-review gone.asc
	expect_status 0
	expect_match "$stderr" 'pubkey: warning: the key was revoked: what it has signed will not be accepted'
	end_keyring
	not_fetched 'openpgp: the key [0-9A-F]{40} was revoked' app.aci
}

@test "keys of the vendor, and the files that mask them" {
	mkdir -p "$SYSTEM/root.d" "$LOCAL/prefix.d/example.com/app"
	cp "$JO" "$SYSTEM/root.d/$(fingerprint jo)"
	signed_image app.aci example.com/app
	fetch app.aci
	expect_status 0
	new_data_dir "$BATS_TEST_TMPDIR/other"
	cp -r "$SYSTEM" "$RKT_CONFIG-system/"
	mkdir -p "$RKT_CONFIG/trustedkeys/prefix.d/example.com/app"
	: >"$RKT_CONFIG/trustedkeys/prefix.d/example.com/app/$(fingerprint jo)"
	not_fetched 'signature made by unknown entity' app.aci
	signed_image web.aci example.com/web
	fetch web.aci
	expect_status 0
}

@test "the configuration of a user has no keys" {
	for layer in user system; do
		mkdir -p "$layer/trustedkeys/root.d"
		cp "$JO" "$layer/trustedkeys/root.d/$(fingerprint jo)"
	done
	signed_image app.aci example.com/app
	run --separate-stderr rkt --user-config="$PWD/user" fetch app.aci
	expect_status 254
	expect_match "$stderr" 'signature made by unknown entity'
	run --separate-stderr rkt --system-config="$PWD/system" fetch app.aci
	expect_status 0
	wait_until store_is_settled
}

@test "a key file that is not called as its key" {
	mkdir -p "$LOCAL/prefix.d/example.com"
	cp "$EVE" "$LOCAL/prefix.d/example.com/$(fingerprint jo)"
	signed_image app.aci example.com/app
	not_fetched "fingerprint mismatch: .*/$(fingerprint jo) holds the key $(fingerprint eve)" app.aci
	mv "$LOCAL/prefix.d/example.com/$(fingerprint jo)" "$LOCAL/prefix.d/example.com/eve.asc"
	not_fetched 'fingerprint mismatch: .*/eve.asc' app.aci
}

@test "no key is asked for where signatures are not wanted" {
	signed_image app.aci example.com/app eve
	run --separate-stderr rkt --insecure-options=image fetch app.aci
	expect_status 0
	expect_equal "$stderr" ""
}

@test "a stage1 image needs a signature like any other" {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	signed_image stage1.aci example.com/stage1 eve
	run --separate-stderr rkt run --net=none --stage1-path="$PWD/stage1.aci" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'openpgp: signature made by unknown entity'
	trusted --prefix=example.com/stage1 "$EVE"
	# It is taken then, and found to be none.
	run --separate-stderr rkt run --net=none --stage1-path="$PWD/stage1.aci" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'image: signature verified:'
	refute_match "$stderr" 'openpgp'
}

@test "a key out of a pipe, and out of what is none" {
	trust --prefix=example.com/pipe --skip-fingerprint-review <(cat "$JO")
	expect_status 0
	expect_match "$output" 'Added key for prefix "example.com/pipe"'
	trust --prefix=example.com/pipe --skip-fingerprint-review <(cat /dev/zero)
	expect_status 254
	expect_match "$stderr" 'larger than [0-9]+ bytes'
	trust --prefix=example.com/pipe --skip-fingerprint-review .
	expect_status 254
	expect_match "$stderr" 'read [.]: is a directory'
}
