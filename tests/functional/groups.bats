#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What users may do who are not root: by the directories and groups of an installation.

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
	for_everybody
	cd "$BATS_TEST_TMPDIR"
	mkdir -p root/etc
	systemd-sysusers --root="$PWD/root" "$ROOT/dist/sysusers.d/rkt.conf"
	systemd-tmpfiles --root="$PWD/root" --create "$ROOT/dist/tmpfiles.d/rkt.conf"
	export RKT_DATA=$PWD/root/var/lib/rkt RKT_CONFIG=$PWD/root/etc/rkt
	mkdir "$RKT_CONFIG-system"
	GROUP_RKT=$(group rkt)
	GROUP_ADMIN=$(group rkt-admin)
	cp -a "$FIXTURES/oci" "$FIXTURES/busybox.aci" "$FIXTURES/docker.tar" .
	chmod -R a+rX oci busybox.aci docker.tar
	export HOME=$PWD
	OWN=$RKT_DATA/users/65534
}

teardown() {
	common_teardown
}

# The number of a group of the installation.
group() {
	sed -n "s/^$1:[^:]*:\([0-9]*\):.*/\1/p" root/etc/group
}

# as_user UID GROUP ARGS...: rkt as a user without rights but those of that group.
as_user() {
	local uid=$1 group=$2
	shift 2
	run --separate-stderr timeout "$TIMEOUT" setpriv --reuid="$uid" --regid="$uid" --groups="$group" \
		programs/rkt --dir="$RKT_DATA" --local-config="$RKT_CONFIG" --system-config="$RKT_CONFIG-system" "$@"
}

as() {
	as_user 65534 "$@"
}

# member ARGS...: as a member of the group rkt.
member() {
	as "$GROUP_RKT" "$@"
}

# member_fetch IMAGE: sets IMAGE_ID to the ID of what a member has fetched.
member_fetch() {
	member --insecure-options=image,http fetch --full "$1"
	expect_status 0
	IMAGE_ID=$output
}

# take_over ARGS...: root fetches the image IMAGE_ID.
take_over() {
	run --separate-stderr rkt --insecure-options=image fetch --full "$@" "$IMAGE_ID"
}

# Root cannot take over the image, for this reason, and nothing of it has come into the store.
refuse_takeover() {
	local before
	before=$(host_content)
	take_over
	expect_status 254
	expect_equal "$output" ""
	expect_match "$stderr" "$1"
	expect_equal "$(host_content)" "$before"
}

# What the store of the machine has.
host_content() {
	(cd "$RKT_DATA" && find cas \( -name '*.lock' -o -name lastused -o -path cas/skeleton -o -name checksum -o -name view-support \) -prune -o -type f -print 2>/dev/null | sort)
}

# What users have, once the processes that their fetches have left behind are done with the member's.
users_content() {
	RKT_DATA=$OWN wait_until store_is_settled
	(cd "$RKT_DATA/users" && find . ! -path '*/locks*' ! -path '*/tmp/*' -printf '%p %u %g %m %y\n' -type f -exec sha256sum {} + | sort)
}

# What is in the layers of a data directory, with owners, modes and attributes.
layers_of() {
	(cd "$1/cas/tree" && find . -path '*/rootfs/*' -printf '%p %U %G %m %s %y\n' | sort && getfattr -R -h -d -m - -e hex -- */rootfs)
}

# The archives of layers that a member has.
archives() {
	find "$OWN/cas/tree" -name archive | sort
}

@test "an installation has directories for its groups" {
	expect_equal "$(stat -c '%a %u %g' root/var/lib/rkt root/var/lib/rkt/{pods,tmp,locks} | sort -u)" "2750 0 $GROUP_RKT"
	expect_equal "$(stat -c '%a %u %g' root/var/lib/rkt/users)" "3770 0 $GROUP_RKT"
	expect_equal "$(stat -c '%a %u %g' root/etc/rkt root/etc/rkt/trustedkeys/{root,prefix}.d | sort -u)" "2775 0 $GROUP_ADMIN"
	# What is made below belongs to the group too, and nothing of it to others.
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	wait_until store_is_settled
	rkt prepare "$BUSYBOX" >/dev/null
	expect_equal "$(find "$RKT_DATA/cas" \( -path '*/rootfs' -o -path '*/skeleton' -o -path '*/cas/views' \) -prune -o -not -group "$GROUP_RKT" -print -o -perm /o=rwx -not -type l -print)" ""
}

@test "members of the group rkt cannot execute what apps have left" {
	local flags file dir='umask 022; mkdir -p $d; cp /bin/busybox $d/program; chmod 4755 $d/program'
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	for flags in "" --no-overlay; do
		pod_sh "for d in /tmp/own /volume; do $dir; done; cat /bin/busybox >/etc/hosts; chmod 4755 /etc/hosts" $flags \
			--uuid-file-save="$PWD/uuid" --volume=v,kind=empty,mode=0755 --mount volume=v,target=/volume
		expect_status 0
		for file in $(find "$RKT_DATA/pods/run/$(<uuid)" -perm -4000); do
			echo "$file"
			run setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" sh -c 'exec "$0" true' "$file"
			expect_status 126
		done
		[ "$(find "$RKT_DATA/pods/run/$(<uuid)" -perm -4000 | wc -l)" = 3 ]
	done
}

@test "neither the umask nor the group of the data directory is seen in a pod" {
	local flags
	(umask 077 && rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null)
	for flags in "" --no-overlay --private-users; do
		umask 077
		pod_sh 'stat -c "%n %a %u %g" / /run /etc /proc; cat /etc/hosts >/dev/null' --user=5 --group=5 $flags
		umask 022
		expect_status 0
		expect_equal "$(head -n 3 <<<"$output")" $'/ 755 0 0\n/run 755 0 0\n/etc 755 0 0'
	done
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

@test "what a member fetches is theirs, and changes nothing of root's" {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	wait_until store_is_settled
	before=$(host_content)
	member_fetch "docker://$REGISTRY/app:1"
	member_fetch oci:oci:layers
	member_fetch ./busybox.aci
	member image list --no-legend --fields=name
	expect_equal "$(sort <<<"$output")" "$(printf '%s\n' "${REGISTRY/:/_}/app:1" example.com/busybox:1.0 example.com/busybox:1.0 oci:layers | sort)"
	mkdir -p mine/bin && cp "$FIXTURES/rootfs/bin/busybox" mine/bin/sh
	member image import ./mine example.com/mine
	expect_status 0
	member image cat-manifest example.com/mine
	expect_equal "$(jq -r .name <<<"$output")" example.com/mine
	member image df
	expect_match "$output" 'example.com/mine'
	expect_equal "$(host_content)" "$before"
	expect_equal "$(rkt image list --no-legend --fields=name)" example.com/busybox:1.0
	expect_equal "$(stat -c '%a %u %g' "$OWN")" "2750 65534 $GROUP_RKT"
	expect_equal "$(find "$OWN" -not -user 65534)" ""
}

@test "a member exports, extracts and verifies images of their own" {
	member_fetch oci:oci:latest
	mkdir -m 777 out
	member image export "$IMAGE_ID" out/image.aci
	expect_status 0
	expect_match "$stderr" 'warning: owners, set-ID bits and devices are not in the file'
	expect_match "$(tar -tf out/image.aci)" 'rootfs/bin/busybox'
	member image extract "$IMAGE_ID" out/extracted
	expect_status 0
	cmp out/extracted/rootfs/bin/busybox "$FIXTURES/rootfs/bin/busybox"
	member image verify "$IMAGE_ID"
	expect_status 0
	member fsck
	expect_status 0
}

@test "a member removes images of their own, and none of root's" {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	wait_until store_is_settled
	before=$(host_content)
	member image rm "$BUSYBOX"
	expect_status 0
	expect_match "$stderr" 'not found|no image'
	member_fetch oci:oci:layers
	# What its owner could not read, or empty, if the files were as they are in the archive.
	mkdir -p closed/{bin,dir/sub}
	touch closed/bin/sh closed/dir/sub/file
	chmod 0 closed/dir/sub/file closed/dir/sub
	chmod 0555 closed/dir
	make_aci closed.aci '.name = "example.com/closed"' "$PWD/closed"
	chmod a+r closed.aci
	member_fetch ./closed.aci
	wait_until test -e "$OWN/cas/tree/$IMAGE_ID/checksum"
	member image rm example.com/closed
	member_fetch ./busybox.aci
	member image rm "$BUSYBOX"
	expect_status 0
	expect_match "$output" 'successfully removed'
	member image gc --grace-period=0s
	expect_status 0
	expect_equal "$(find "$OWN"/cas/{image,tree,blob,tmp} -mindepth 1)" ""
	expect_equal "$(host_content)" "$before"
}

@test "root runs what a member has fetched, by its ID" {
	for image in "docker://$REGISTRY/app:layers" oci:oci:layers docker-archive:docker.tar ./busybox.aci; do
		member_fetch "$image"
		users=$(users_content)
		pod --insecure-options=image "${IMAGE_ID:0:39}" --user=0 --exec=/bin/sh -- -c 'echo from the pod; stat -c "%n %a %u:%g" /home/www'
		expect_status 0
		expect_equal "$output" $'from the pod\n/home/www 755 33:44'
		expect_match "$stderr" "taking over image $IMAGE_ID from user 65534"
		# From now on it is in root's store, also without the option.
		pod "$IMAGE_ID" --exec=/bin/true
		expect_status 0
		refute_match "$stderr" 'taking over'
		expect_equal "$(users_content)" "$users"
	done
	take_over
	expect_equal "$output" "$IMAGE_ID"
}

@test "an image that was taken over is as root would have fetched it" {
	# Of views there would be little to compare.
	local -x RKT_LAYER_VIEW=tree
	member_fetch "docker://$REGISTRY/app:layers"
	pod --insecure-options=image "$IMAGE_ID" --user=0 --exec=/bin/sh -- \
		-c 'stat -c "%n %a %u:%g %Y" /opt/setuid /opt/file; stat -c %F /opt/null; cat /opt/opaque/upper; ls /opt /opt/opaque'
	expect_status 0
	taken=$output
	expect_match "$taken" '/opt/setuid 4711 0:0'
	expect_match "$taken" '/opt/file 644 33:44'
	layers_of "$RKT_DATA" >taken
	run --separate-stderr "$RKT" --dir="$PWD/other" --insecure-options=image,http fetch --full "docker://$REGISTRY/app:layers"
	expect_equal "$output" "$IMAGE_ID"
	layers_of "$PWD/other" >fetched
	grep -q '/opt/setuid 0 0 4711 ' taken
	grep -q '^security.capability=0x' taken
	cmp taken fetched
	# A member has files of their own, which do not act as anybody.
	expect_equal "$(find "$OWN" \( -user 0 -o -perm /6000 \) -not -type d)" ""
}

@test "a pod can be prepared from an image of a member, and run later" {
	member_fetch oci:oci:latest
	run --separate-stderr rkt --insecure-options=image prepare "$IMAGE_ID"
	expect_status 0
	run --separate-stderr rkt run-prepared --net=none "$output"
	plain_output
	expect_equal "$output" 'hello from oci'
}

@test "only its ID leads to an image that was taken over" {
	member_fetch "docker://$REGISTRY/app:1"
	take_over
	expect_status 0
	member_fetch ./busybox.aci
	take_over
	expect_status 0
	for image in "docker://$REGISTRY/app:1" "${REGISTRY/:/_}/app:1" example.com/busybox; do
		run --separate-stderr rkt run --pull-policy=never --net=none "$image"
		expect_status 254
		expect_match "$stderr" 'image was not found in the store'
		run --separate-stderr rkt image cat-manifest "$image"
		expect_status 254
	done
	# Mending it does not, either.
	wait_until store_is_settled
	damage_layer "$IMAGE_ID"
	run --separate-stderr rkt image verify "$IMAGE_ID"
	expect_status 0
	expect_match "$stderr" 'rebuilding'
	run rkt image cat-manifest example.com/busybox
	expect_status 254
	# Root's own fetch gives it its name.
	rkt --insecure-options=image fetch ./busybox.aci >/dev/null
	rkt image cat-manifest example.com/busybox >/dev/null
	# What a name means root asks the registry: the member's image by that name is another one.
	push latest app:changed
	member_fetch "docker://$REGISTRY/app:changed"
	push layers app:changed
	run --separate-stderr rkt --insecure-options=image,http fetch --full "docker://$REGISTRY/app:changed"
	expect_status 0
	[ "$output" != "$IMAGE_ID" ]
}

@test "an image of a member is accepted by root's rules" {
	member_fetch ./busybox.aci
	run --separate-stderr rkt run --net=none "$IMAGE_ID"
	expect_status 254
	expect_match "$stderr" 'it is an ACI, and has no signature'
	expect_match "$stderr" 'hint: --signature=FILE names one, --insecure-options=image goes without'
	member_fetch oci:oci:latest
	run --separate-stderr rkt run --net=none "$IMAGE_ID"
	expect_status 254
	expect_match "$stderr" 'signature verification for images of users is not supported \(try --insecure-options=image\)'
	echo '{"default": [{"type": "reject"}], "transports": {"oci": {"": [{"type": "insecureAcceptAnything"}]}}}' >"$RKT_CONFIG/policy.json"
	refuse_takeover 'the policy does not accept images of users from anywhere'
	expect_match "$stderr" 'hint: signatures are verified of images that are fetched by reference'
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$RKT_CONFIG/policy.json"
	pod "$IMAGE_ID"
	expect_status 0
	expect_equal "$output" 'hello from oci'
}

@test "a signed ACI of a member needs its signature, and keeps its name" {
	load keys.bash
	make_keyring "$PWD/gpg"
	make_key jo ed25519
	sign jo busybox.aci busybox.aci.asc
	rkt trust --prefix=example.com --skip-fingerprint-review ./jo.asc
	member fetch --full ./busybox.aci
	expect_status 0
	IMAGE_ID=$output
	echo other >other
	sign jo other other.asc
	run --separate-stderr rkt fetch "$IMAGE_ID" --signature=./other.asc
	expect_status 254
	run --separate-stderr rkt fetch --full "$IMAGE_ID" --signature=./busybox.aci.asc
	end_keyring
	expect_status 0
	expect_equal "$output" "$IMAGE_ID"
	rkt image cat-manifest example.com/busybox >/dev/null
}

@test "what a user could put into the store of rkt 1.x is not believed" {
	local cas=$RKT_DATA/cas place file
	for place in tree blob image ref/remote skeleton tree/sha256-0 blob/sha256-0; do
		rm -rf "$cas"
		mkdir "$cas"
		mkdir -p "$cas/$(dirname "$place")"
		chmod -R 2770 "$cas"
		chgrp -R "$GROUP_RKT" "$cas"
		setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" mkdir "$cas/$place"
		# Not the second time either.
		for _ in 1 2; do
			run --separate-stderr rkt --insecure-options=image fetch busybox.aci
			expect_status 254
			expect_match "$stderr" "${place%%/*}.*, or something in it, was made by another user"
			expect_match "$stderr" 'hint: nothing of that is believed: remove it'
		done
	done
	# What rkt 1.x has left there in good faith is no hindrance.
	rm -rf "$cas"/*
	setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" mkdir -p "$cas/db" "$cas/imageManifest"
	mkdir -m 2770 "$cas/blob" "$cas/tree"
	chgrp "$GROUP_RKT" "$cas/blob"
	setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" mkdir "$cas/blob/sha512"
	rkt --insecure-options=image fetch busybox.aci >/dev/null
	expect_equal "$(find "$cas" -maxdepth 1 ! -user 0 -printf '%f\n' | sort)" $'db\nimageManifest'
	expect_equal "$(stat -c '%a %u' "$cas" "$cas/blob" "$cas/tree")" $'2750 0\n2750 0\n2700 0'
}

@test "an ID that nobody has, or too little of one" {
	member_fetch oci:oci:latest
	for id in "sha512-$(printf '%064d' 0)" "${IMAGE_ID:0:38}"; do
		run --separate-stderr rkt --insecure-options=image run --net=none "$id"
		expect_status 254
		expect_match "$stderr" 'no image IDs found'
	done
	expect_match "$stderr" 'hint: for an image of a user it takes 32 digits of its ID'
	run --separate-stderr rkt --insecure-options=image run --net=none --pull-policy=never "$IMAGE_ID"
	expect_status 254
	expect_match "$stderr" 'no image IDs found'
	run --separate-stderr rkt --insecure-options=image run --net=none --stage1-hash="$IMAGE_ID" "$IMAGE_ID"
	expect_status 254
	expect_equal "$(host_content)" ""
}

# A member changes files of theirs at will; root reads what the ID says, or nothing.
@test "contents that a member has exchanged are refused" {
	member_fetch oci:oci:latest
	archive=$(archives)
	cp "$archive" good
	tar -cf "$archive" -C / etc/hostname
	refuse_takeover 'digest mismatch: its uncompressed tar should be sha256:'
	head -c 100000 good >"$archive"
	refuse_takeover 'truncated|corrupt|incomplete|unexpected end|ends'
	: >"$archive"
	refuse_takeover 'cannot take over'
	rm "$archive"
	refuse_takeover 'no such file or directory'
	cp good "$archive"
	chown 65534 "$archive"
	config=$(grep -l '"rootfs"' "$OWN"/cas/blob/sha256-*)
	cp "$config" good-config
	sed -i 's/hello from oci/hello from me!/' "$config"
	refuse_takeover 'mismatch'
	cat good-config >"$config"
	sed -i 's/hello from oci/hello from me!/' "$OWN/cas/image/$IMAGE_ID/manifest"
	refuse_takeover 'the manifest is not that of image'
	member_fetch ./busybox.aci
	printf x >>"$OWN/cas/blob/$IMAGE_ID"
	refuse_takeover 'cannot take over'
	truncate -s 1024 "$OWN/cas/blob/$IMAGE_ID"
	refuse_takeover 'cannot take over'
}

@test "what root has of a download outlives a member's image that is not what it should be" {
	rkt --insecure-options=image fetch ./busybox.aci >/dev/null
	member_fetch oci:oci:latest
	echo junk >"$(archives)"
	part=$RKT_DATA/cas/tmp/p-$(cat /proc/sys/kernel/random/boot_id)-$(cat "$OWN"/cas/blob/sha256-* | jq -r '.layers[0].digest | select(. != null)')
	echo begun >"$part"
	refuse_takeover 'cannot take over'
	expect_equal "$(cat "$part")" begun
}

@test "links of a member lead nowhere" {
	member_fetch oci:oci:latest
	archive=$(archives)
	cp "$archive" good
	chown 65534 good
	# The right content, but elsewhere.
	ln -sf "$PWD/good" "$archive"
	refuse_takeover 'too many (levels of )?symbolic links|ELOOP'
	ln -sf ../../blob/none "$archive"
	refuse_takeover 'symbolic links'
	mv -f good "$archive"
	for place in cas/tree cas/blob cas/image cas; do
		mv "$OWN/$place" "$OWN/away"
		ln -s "$OWN/away" "$OWN/$place"
		refuse_takeover 'symbolic links|no image IDs found'
		rm "$OWN/$place"
		mv "$OWN/away" "$OWN/$place"
	done
	mv "$OWN" "$PWD/away"
	ln -s "$PWD/away" "$OWN"
	chown -h 65534 "$OWN"
	refuse_takeover 'no image IDs found'
	rm "$OWN"
	mv "$PWD/away" "$OWN"
	take_over
	expect_status 0
}

@test "pipes, devices, huge files and leases of a member are not waited for" {
	member_fetch oci:oci:latest
	archive=$(archives)
	mv "$archive" good
	mkfifo "$archive"
	chown 65534 "$archive"
	refuse_takeover 'is not a regular file of user 65534'
	rm "$archive"
	# Linked from somewhere else, it is somebody else's.
	cp good "$archive"
	refuse_takeover 'is not a regular file of user 65534'
	chown 65534 "$archive"
	truncate -s 1T "$archive"
	refuse_takeover 'has more than the allowed'
	truncate -s 10G "$OWN/cas/image/$IMAGE_ID/manifest"
	refuse_takeover 'has more than the allowed'
	member_fetch ./busybox.aci
	python3 -c 'import fcntl, signal, sys, time
f = open(sys.argv[1])
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
time.sleep(1000)' "$OWN/cas/blob/$IMAGE_ID" >lease 3>&- &
	holder=$!
	wait_until test -s lease
	refuse_takeover 'temporarily unavailable|resource'
	kill "$holder"
	wait "$holder" || true
	take_over
	expect_status 0
}

@test "what a member changes while it is read is either what it should be, or refused" {
	member_fetch oci:oci:layers
	archive=$(archives | xargs ls -S | head -n 1)
	cp "$archive" good
	take_over
	layers_of "$RKT_DATA" >right
	while :; do
		truncate -s 10000 "$archive"
		cat good >"$archive"
	done 3>&- &
	changer=$!
	for _ in {1..15}; do
		rkt image rm "$IMAGE_ID" && rkt image gc --grace-period=0s
		take_over
		[ "$status" = 254 ] || layers_of "$RKT_DATA" | cmp - right
	done
	kill "$changer"
	wait "$changer" || true
	cat good >"$archive"
	take_over
	expect_status 0
	layers_of "$RKT_DATA" | cmp - right
}

@test "a user cannot have the place of another" {
	install -d -o 1000 -g "$GROUP_RKT" -m 2750 "$OWN"
	member --insecure-options=image fetch oci:oci:latest
	expect_status 254
	expect_match "$stderr" 'users/65534 should be a directory of yours, and is not'
	expect_match "$stderr" 'hint: root may remove it'
	member image list --no-legend
	expect_status 0
	expect_equal "$(find "$OWN" -mindepth 1)" ""
	rmdir "$OWN"
	member_fetch oci:oci:latest
	# What is in a directory of somebody else is not taken.
	chown 1000 "$OWN"
	refuse_takeover 'no image IDs found'
	chown 65534 "$OWN"
	run setpriv --reuid=1000 --regid=1000 --groups="$GROUP_RKT" mv "$OWN" "$RKT_DATA/users/other"
	[ "$status" -ne 0 ]
	take_over
	expect_status 0
}

@test "two members have their own, and what is wrong with one's does not keep the other's" {
	for uid in 1000 65534; do
		as_user "$uid" "$GROUP_RKT" --insecure-options=image fetch --full oci:oci:latest
		expect_status 0
		IMAGE_ID=$output
	done
	as_user 1000 "$GROUP_RKT" --insecure-options=image fetch ./busybox.aci
	expect_status 0
	member image list --no-legend
	expect_equal "${#lines[@]}" 1
	member image rm "$BUSYBOX"
	as_user 1000 "$GROUP_RKT" image list --no-legend
	expect_equal "${#lines[@]}" 2
	first=$(cd "$RKT_DATA/users" && ls -U | head -n 1)
	# Whichever is tried first.
	echo junk >"$(find "$RKT_DATA/users/$first/cas/tree" -name archive)"
	echo junk >"$RKT_DATA/users/$first/cas/image/$IMAGE_ID/manifest"
	# An archive of an ACI where there should be none.
	echo junk >"$RKT_DATA/users/$first/cas/blob/$IMAGE_ID"
	pod --insecure-options=image "$IMAGE_ID"
	expect_status 0
	expect_equal "$output" 'hello from oci'
}

@test "root's collection leaves alone what users have" {
	member_fetch oci:oci:latest
	# Where a link leads is not removed, either.
	mkdir precious && echo kept >precious/file
	ln -s "$PWD/precious" "$OWN/cas/tmp/t-0000000000000001"
	ln -s "$PWD/precious" "$OWN/pods"
	take_over
	wait_until store_is_settled
	users=$(users_content)
	rkt image gc --grace-period=0s
	rkt gc --grace-period=0s
	rkt image rm "$IMAGE_ID"
	expect_equal "$(users_content)" "$users"
	expect_equal "$(cat precious/file)" kept
}

@test "a member's fetch that is killed leaves nothing in the way" {
	cp "$BUILD/tests/functional/kill-at" programs/
	kills=0
	while status=0 && { setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" \
		programs/kill-at renames $((kills + 1)) programs/libexec/rkt-fetch --dir="$OWN" --keep-archives \
		--insecure-options=image,http "docker://$REGISTRY/app:layers" </dev/null >/dev/null 2>&1 3>&- || status=$?; } &&
		[ "$status" = 137 ]; do
		kills=$((kills + 1))
		member_fetch "docker://$REGISTRY/app:layers"
		expect_equal "$(archives | wc -l)" 4
		# The fetch has left a process behind that notes what is there.
		wait_until rm -rf "$OWN"/cas
	done
	expect_equal "$status" 0
	[ "$kills" -gt 4 ]
	take_over
	expect_status 0
}

@test "a layer that is there without its archive gets it" {
	member_fetch "docker://$REGISTRY/app:layers"
	find "$OWN/cas/tree" -name archive -delete
	refuse_takeover 'no such file or directory'
	member_fetch "docker://$REGISTRY/app:layers"
	take_over
	expect_status 0
}

@test "a member is not taken for the supervisor of a pod that is over" {
	local dir supervisor

	run --separate-stderr rkt --insecure-options=image run --net=none --uuid-file-save=uuid busybox.aci --exec=/bin/true
	expect_status 0
	POD=$(cat uuid) dir=$RKT_DATA/pods/run/$POD
	cp -a "$FIXTURES/rootfs" trap
	chmod -R a+rwX trap
	echo secret >secret

	# As if the numbers of processes had come round. What is copied to that process comes into the trap.
	setpriv --reuid=65534 --regid=65534 --groups="$GROUP_RKT" flock -x "$dir" sh -c \
		'cd "$1" && exec unshare --user --map-root-user --pid --fork --root="$2" /bin/sh -c "echo >/ready && exec sleep 60"' sh "$dir" "$PWD/trap" 3>&- &
	wait_until test -e trap/ready
	supervisor=$(pgrep -n -u 65534 -x unshare)
	echo "$supervisor" >"$dir/ppid"
	run --separate-stderr rkt list
	expect_match "$output" running

	run --separate-stderr rkt cp secret "$POD:/secret"
	[ ! -e trap/secret ]
	expect_status 254
	expect_match "$stderr" "has no process yet, or no more"
	run --separate-stderr rkt exec "$POD" /bin/true
	expect_status 254
	run --separate-stderr rkt enter "$POD" /bin/true
	expect_status 254
	kill "$supervisor"
	wait
}
