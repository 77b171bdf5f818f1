# SPDX-License-Identifier: Apache-2.0
# OpenPGP keys and signatures, made by GnuPG, for the tests that check them.

# make_keyring DIR: an empty one of GnuPG's, from here on. Its agent has to be ended: end_keyring.
make_keyring() {
	export GNUPGHOME=$1
	mkdir -m 700 -p "$GNUPGHOME"
}

end_keyring() {
	gpgconf --kill all
}

quiet_gpg() {
	gpg --batch --quiet --yes --no-auto-check-trustdb --passphrase '' "$@" 2>/dev/null 3>&-
}

# make_key NAME ALGORITHM [EXPIRY [GPG-OPTION...]]: a key that signs, of NAME <NAME@example.com>; NAME.asc is
# its public half.
make_key() {
	local name=$1 algorithm=$2 expiry=${3:-never}
	shift $(($# < 3 ? $# : 3))
	quiet_gpg "$@" --quick-generate-key "$name <$name@example.com>" "$algorithm" sign "$expiry"
	export_key "$name"
}

export_key() {
	quiet_gpg --armor --export "$1@example.com" >"$1.asc"
}

# fingerprint NAME: of the key, as rkt names its files.
fingerprint() {
	gpg --with-colons --list-keys "$1@example.com" 2>/dev/null 3>&- | awk -F: '$1 == "fpr" { print tolower($10); exit }'
}

# sign NAME FILE SIGNATURE [GPG-OPTION...]: an armored signature unless told otherwise.
sign() {
	local name=$1 file=$2 signature=$3
	shift 3
	quiet_gpg --local-user "$name@example.com" "${@:---armor}" --output "$signature" --detach-sign "$file"
}
