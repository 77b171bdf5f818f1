#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What users may do who are not root: by the directories and groups of an installation.

load lib.bash

setup() {
	for_everybody
	cd "$BATS_TEST_TMPDIR"
	mkdir -p root/etc
	systemd-sysusers --root="$PWD/root" "$ROOT/dist/sysusers.d/rkt.conf"
	systemd-tmpfiles --root="$PWD/root" --create "$ROOT/dist/tmpfiles.d/rkt.conf"
	export RKT_DATA=$PWD/root/var/lib/rkt RKT_CONFIG=$PWD/root/etc/rkt
	mkdir "$RKT_CONFIG-system"
	GROUP_RKT=$(group rkt)
	GROUP_ADMIN=$(group rkt-admin)
}

teardown() {
	common_teardown
}

# The number of a group of the installation.
group() {
	sed -n "s/^$1:[^:]*:\([0-9]*\):.*/\1/p" root/etc/group
}

# as GROUP ARGS...: rkt as a user without rights but those of that group.
as() {
	local group=$1
	shift
	run --separate-stderr timeout "$TIMEOUT" setpriv --reuid=65534 --regid=65534 --groups="$group" \
		programs/rkt --dir="$RKT_DATA" --local-config="$RKT_CONFIG" --system-config="$RKT_CONFIG-system" "$@"
}

@test "an installation has directories for its groups" {
	expect_equal "$(stat -c '%a %u %g' root/var/lib/rkt root/var/lib/rkt/{pods,tmp,locks} | sort -u)" "2750 0 $GROUP_RKT"
	expect_equal "$(stat -c '%a %u %g' root/etc/rkt root/etc/rkt/trustedkeys/{root,prefix}.d | sort -u)" "2775 0 $GROUP_ADMIN"
	# What is made below belongs to the group too, and nothing of it to others.
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	wait_until store_is_settled
	rkt prepare "$BUSYBOX" >/dev/null
	expect_equal "$(find "$RKT_DATA/cas" \( -path '*/rootfs' -o -path '*/skeleton' \) -prune -o -not -group "$GROUP_RKT" -print -o -perm /o=rwx -not -type l -print)" ""
}

@test "members of the group rkt may look at images and pods, others may not" {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	rkt --insecure-options=image fetch "oci:$FIXTURES/oci:latest" >/dev/null
	start_sleeper
	as "$GROUP_RKT" image list --no-legend --fields=name
	expect_status 0
	expect_equal "$(sort <<<"$output")" "$(rkt image list --no-legend --fields=name | sort)"
	expect_equal "$stderr" ""
	as "$GROUP_RKT" image cat-manifest "$BUSYBOX"
	expect_equal "$(jq -r .name <<<"$output")" "$BUSYBOX"
	as "$GROUP_RKT" list --no-legend
	expect_match "$output" "^${POD:0:8}.*running"
	as "$GROUP_RKT" status "$POD"
	expect_match "$output" 'state=running'
	as "$GROUP_RKT" cat-manifest "$POD"
	expect_status 0
	for command in 'image list' 'image cat-manifest example.com/busybox' list "status $POD"; do
		as "$GROUP_ADMIN" $command
		expect_status 254
		expect_match "$stderr" 'permission denied'
		expect_match "$stderr" "hint: this needs root, or rights on $RKT_DATA by its group"
	done
	# Files of images may be setuid programs.
	run setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" ls "$RKT_DATA/cas/tree"
	expect_status 2
}

@test "members of the group rkt may use images that are there, and fetch none" {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	before=$(store_content)
	as "$GROUP_RKT" --insecure-options=image fetch "oci:$FIXTURES/oci:latest"
	expect_status 254
	expect_match "$stderr" 'permission denied'
	expect_match "$stderr" 'hint: this needs root'
	as "$GROUP_RKT" image rm "$BUSYBOX"
	expect_status 254
	expect_equal "$(store_content)" "$before"
}
