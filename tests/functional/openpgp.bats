#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What rkt-openpgp says about keys and signatures that GnuPG has made, and how it is shut in.

load lib.bash
load keys.bash

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	make_keyring "$BATS_FILE_TMPDIR/gnupg"
	echo data >data
	echo other >other
	make_key jo ed25519
	make_key eve ed25519
	sign jo data jo.sig
}

teardown_file() {
	end_keyring
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

OPENPGP=$BUILD/libexec/rkt-openpgp

# verify SIGNATURE DATA NAME...: with the keys of these names, each in a file that is called as it should be.
verify() {
	local signature=$1 data=$2 name files=()
	shift 2
	for name in "$@"; do
		cp "$name.asc" "$(fingerprint "$name")"
		files+=("$(fingerprint "$name")")
	done
	run --separate-stderr "$OPENPGP" verify 5 "${files[@]}" <"$data" 5<"$signature"
	expect_status 0
	expect_equal "$stderr" ""
}

show() {
	run --separate-stderr "$OPENPGP" show <"$1"
	expect_status 0
	expect_equal "$stderr" ""
}

# The fingerprint as librnp writes it.
upper() {
	fingerprint "$1" | tr a-f A-F
}

@test "signatures by keys of all kinds, armored and binary" {
	make_key rsa rsa2048
	make_key nist nistp256
	make_key dsa dsa2048
	for name in jo rsa nist dsa; do
		sign "$name" data "$name.sig"
		verify "$name.sig" data "$name"
		expect_equal "$output" "good $(upper "$name")"$'\n'"identity $name <$name@example.com>"
		sign "$name" data "$name.binary" --no-armor
		verify "$name.binary" data eve "$name"
		expect_equal "${lines[0]}" "good $(upper "$name")"
	done
}

@test "a signature by a subkey is that of its key" {
	make_key owner ed25519
	quiet_gpg --quick-add-key "$(fingerprint owner)" ed25519 sign never
	export_key owner
	sign owner data owner.sig
	subkey=$(gpg --with-colons --list-keys owner 2>/dev/null 3>&- | awk -F: '$1 == "fpr" { f = $10 } END { print f }')
	show owner.asc
	expect_equal "$output" "fingerprint $(fingerprint owner)"$'\n'"subkey $(tr A-F a-f <<<"$subkey")"$'\n'"identity owner <owner@example.com>"
	verify owner.sig data owner
	expect_equal "$output" "good $subkey"$'\n'"identity owner <owner@example.com>"
	quiet_gpg --command-fd 0 --pinentry-mode loopback --edit-key owner@example.com <<<$'key 1\nrevkey\ny\n0\n\ny\nsave'
	export_key owner
	verify owner.sig data owner
	expect_equal "$output" "revoked $subkey"
}

@test "data that was not signed, and an issuer whom nobody knows" {
	verify jo.sig other jo
	expect_equal "$output" "bad $(upper jo)"
	head -c 4 data >shorter
	verify jo.sig shorter jo
	expect_equal "$output" "bad $(upper jo)"
	verify jo.sig /dev/null jo
	expect_equal "$output" "bad $(upper jo)"
	verify jo.sig data eve
	expect_match "$output" "^unknown $(upper jo | tail -c 17)$"
	verify jo.sig data
	expect_match "$output" '^unknown '
}

@test "keys and signatures that have expired" {
	make_key old ed25519 20200201T000000 --faked-system-time=20200101T000000
	sign old data old.sig --armor --faked-system-time=20200102T000000
	verify old.sig data old
	expect_equal "$output" "expired $(upper old)"
	# One that nobody can have made yet.
	sign jo data early.sig --armor --faked-system-time="$(date -d '+1 day' +%s)"
	verify early.sig data jo
	expect_equal "$output" "expired $(upper jo)"
	make_key former ed25519 never --faked-system-time=20200101T000000
	sign former data former.sig --armor --default-sig-expire 1d --faked-system-time=20200102T000000
	verify former.sig data former
	expect_equal "$output" "expired $(upper former)"
	sign former data former.sig --armor --faked-system-time=20200102T000000
	verify former.sig data former
	expect_equal "${lines[0]}" "good $(upper former)"
}

@test "a key that was revoked" {
	make_key gone ed25519
	sign gone data gone.sig
	verify gone.sig data gone
	expect_equal "${lines[0]}" "good $(upper gone)"
	sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$(upper gone).rev" >gone.rev
	quiet_gpg --import gone.rev
	export_key gone
	verify gone.sig data gone
	expect_equal "$output" "revoked $(upper gone)"
}

@test "hashes that are not safe any more" {
	make_key weak rsa2048
	sign weak data weak.sig --armor --digest-algo SHA1
	verify weak.sig data weak
	expect_equal "$output" "weak SHA1"
	sign weak data weak.sig --armor --digest-algo RIPEMD160
	verify weak.sig data weak
	expect_match "$output" '^weak '
	sign weak data weak.sig --armor --digest-algo SHA512
	verify weak.sig data weak
	expect_equal "${lines[0]}" "good $(upper weak)"
}

@test "of several signatures a good one is enough" {
	quiet_gpg --local-user eve@example.com --local-user jo@example.com --armor --output both.sig --detach-sign data
	verify both.sig data jo
	expect_equal "${lines[0]}" "good $(upper jo)"
	verify both.sig data eve
	expect_equal "${lines[0]}" "good $(upper eve)"
	verify both.sig other jo
	expect_equal "$output" "bad $(upper jo)"
	sign eve other eve.binary --no-armor
	sign jo data jo.binary --no-armor
	cat eve.binary jo.binary >mixed.sig
	verify mixed.sig data eve jo
	expect_equal "${lines[0]}" "good $(upper jo)"
	verify mixed.sig data eve
	expect_equal "$output" "bad $(upper eve)"
}

@test "what is no detached signature" {
	none='error keystore: no valid signatures found in signature file'
	# A signed message, which has its own text, is no signature of the data: not even of the same.
	quiet_gpg --local-user jo@example.com --armor --output message.sig --sign data
	quiet_gpg --local-user jo@example.com --output packed.sig --sign data
	quiet_gpg --local-user jo@example.com --output clear.sig --clear-sign data
	# The same as it was written long ago: the signature before the text.
	{
		gpg --dearmor <jo.sig
		printf '\xac\x0bb\0\0\0\0\0data\n'
	} >ancient.sig
	head -c 40 jo.sig >cut.sig
	head -c 2000 /dev/urandom >noise.sig
	: >empty.sig
	echo '-----BEGIN PGP SIGNATURE-----' >begun.sig
	for file in message packed clear ancient cut noise empty begun; do
		verify "$file.sig" data jo
		expect_equal "$output" "$none"
	done
	verify jo.asc data jo
	expect_equal "$output" "$none"
	head -c 70000 /dev/zero >large.sig
	verify large.sig data jo
	expect_equal "$output" 'error the signature has more than 65536 bytes'
}

@test "what is no public key" {
	quiet_gpg --export jo@example.com >binary
	show binary
	expect_equal "${lines[0]}" 'error the file is not an ASCII-armored public key'
	quiet_gpg --armor --export-secret-keys jo@example.com >secret
	show secret
	expect_equal "$output" 'error the file has a secret key in it, not a public one'
	cat jo.asc secret >both
	show both
	expect_equal "$output" 'error the file has a secret key in it, not a public one'
	{ cat jo.asc && printf '\0' && cat secret; } >hidden
	show hidden
	expect_equal "${lines[0]}" 'error the file is not an ASCII-armored public key'
	show jo.sig
	expect_equal "${lines[0]}" 'error the file is not an ASCII-armored public key'
	: >empty
	show empty
	expect_match "$output" '^error '
	head -n 3 jo.asc >cut
	show cut
	expect_match "$output" '^error '
	{ cat jo.asc && head -c 1100000 /dev/zero; } >large
	show large
	expect_match "$output" '^error .*larger than 1048576 bytes'
}

@test "of a file with several keys the first counts" {
	cat jo.asc eve.asc >two
	show two
	expect_equal "$output" "fingerprint $(fingerprint jo)"$'\n'"identity jo <jo@example.com>"
	quiet_gpg --armor --export jo@example.com eve@example.com >two
	show two
	expect_equal "$(grep -c fingerprint <<<"$output")" 1
	first=$(sed -n 's/^fingerprint //p' <<<"$output")
	sign eve data eve.sig
	sign jo data jo.sig
	cp two "$first"
	run "$OPENPGP" verify 5 "$first" <data 5<jo.sig
	one=${lines[0]%% *}
	run "$OPENPGP" verify 5 "$first" <data 5<eve.sig
	expect_match "$one ${lines[0]%% *}" '^(good unknown|unknown good)$'
}

@test "a key file is called as its key" {
	cp eve.asc "$(fingerprint jo)"
	run "$OPENPGP" verify 5 "$(fingerprint jo)" <data 5<jo.sig
	expect_equal "$output" "error fingerprint mismatch: $(fingerprint jo) holds the key $(fingerprint eve)"
}

@test "a key whose signatures will not be accepted" {
	make_key late ed25519 20200201T000000 --faked-system-time=20200101T000000
	show late.asc
	expect_equal "$output" "fingerprint $(fingerprint late)"$'\n'"flaw the key has expired"$'\n'"identity late <late@example.com>"
	# The key packet alone, and an identity that nobody has certified.
	quiet_gpg --export jo@example.com >whole
	{
		head -c "$((2 + $(od -An -tu1 -j 1 -N 1 whole)))" whole
		printf '\xb4\x06Mallet'
	} | gpg --enarmor 2>/dev/null | sed 's/PGP ARMORED FILE/PGP PUBLIC KEY BLOCK/; /^Comment/d' >bare
	show bare
	expect_equal "$output" "fingerprint $(fingerprint jo)"$'\n'"flaw the key has no valid signature by itself"
}

@test "an identity that the key has not certified is not shown" {
	# The key packet, then an identity of somebody's choice, then the rest.
	quiet_gpg --export jo@example.com >whole
	key=$((2 + $(od -An -tu1 -j 1 -N 1 whole)))
	{
		head -c "$key" whole
		printf '\xb4\x06Mallet'
		tail -c "+$((key + 1))" whole
	} | gpg --enarmor 2>/dev/null | sed 's/PGP ARMORED FILE/PGP PUBLIC KEY BLOCK/; /^Comment/d' >forged
	gpg --show-keys forged 2>/dev/null | grep -q jo@
	show forged
	expect_equal "$output" "fingerprint $(fingerprint jo)"$'\n'"identity jo <jo@example.com>"
}

@test "nothing can be reached from inside" {
	mkfifo pipe
	cp jo.asc "$(fingerprint jo)"
	"$OPENPGP" verify 5 "$(fingerprint jo)" <pipe >answer 5<jo.sig 3>&- &
	pid=$!
	exec 6>pipe
	wait_until grep -q '^Seccomp:.2' "/proc/$pid/status"
	expect_equal "$(awk '/^(Uid|Gid|NoNewPrivs):/ { print $2 }' "/proc/$pid/status" | xargs)" "65534 65534 1"
	expect_equal "$(awk '/^CapEff:/ { print $2 }' "/proc/$pid/status")" 0000000000000000
	expect_match "$(grep 'Max address space' "/proc/$pid/limits")" ' 536870912 '
	cat data >&6
	exec 6>&-
	wait "$pid"
	expect_equal "$(head -n 1 answer)" "good $(upper jo)"
}
