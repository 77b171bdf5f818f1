#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image list, and which image an argument means.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

# store NAME VERSION [BYTES [FILTER]]: an image with a file of that size; sets IMAGE.
store() {
	local dir
	dir=$(mktemp -d root.XXXXXX)
	head -c "${3:-10}" /dev/zero >"$dir/file"
	make_aci app.aci ".name = \"$1\" | .labels |= map(if .name == \"version\" then .value = \"$2\" else . end) | ${4:-.}" "$PWD/$dir"
	IMAGE=$(rkt --insecure-options=image fetch --full app.aci)
}

list() {
	run --separate-stderr rkt image list --no-legend "$@"
	expect_status 0
}

# used IMAGE DATE: when it was used last.
used() {
	touch -d "$2" "$RKT_DATA/cas/image/$1/lastused"
}

# imported IMAGE SECONDS: when it came, in seconds since the epoch.
imported() {
	sed -i "s/^imported=.*/imported=${2}000000000/" "$RKT_DATA/cas/image/$1/info"
}

three_images() {
	store example.com/b 1 3000000
	b=$IMAGE
	store example.com/c 1 5000
	c=$IMAGE
	store example.com/a 1 200000
	a=$IMAGE
	wait_until store_is_settled
	imported "$a" 1700000003
	imported "$b" 1700000001
	imported "$c" 1700000002
	used "$a" '2 minutes ago'
	used "$b" '3 hours ago'
	used "$c" '50 hours ago'
}

@test "columns are those that were asked for, in that order" {
	three_images
	list
	expect_equal "$(wc -l <<<"$output")" 3
	expect_match "${lines[0]}" "^${b:0:19}"$'\t+example.com/b:1\t+[0-9.]+MiB\t+[a-z0-9 ]+ ago\t+3 hours ago$'
	run --separate-stderr rkt image list --fields=lastused,name
	expect_equal "${lines[0]}" $'LAST USED\tNAME'
	expect_equal "${lines[1]}" $'3 hours ago\texample.com/b:1'
	expect_equal "${lines[2]}" $'2 days ago\texample.com/c:1'
	for fields in latest name,latest '' name, ID; do
		run --separate-stderr rkt image list --fields="$fields"
		expect_status 254
		expect_match "$stderr" '^list: --fields: ".*" is not one of id, name, size, importtime, lastused$'
		expect_equal "$output" ""
	done
}

@test "images are sorted by what was asked for, in either order" {
	three_images
	while read -r order options; do
		list --fields=name $options
		expect_equal "$(sed 's,example.com/,,; s/:1$//' <<<"$output" | tr -d '\n')" "$order"
	done <<-'END'
		bca
		abc --sort=name
		cba --sort=name --order=desc
		bca --sort=importtime
		acb --sort=importtime --order=desc
		cba --sort=lastused
		abc --sort=lastused --order=desc
		cab --sort=size
		bac --sort=size --order=desc --fields=name
	END
	for option in --sort=id --sort= --order=up; do
		run --separate-stderr rkt image list "$option"
		expect_status 254
		expect_match "$stderr" "^list: ${option%%=*}: \".*\" is not one of "
	done
}

@test "sizes and times are for people, or with --full exact" {
	three_images
	size=$(sed -n 's/^size=//p' "$RKT_DATA/cas/image/$b/info")
	# The archive, with its padding, and what was unpacked of it.
	expect_equal "$size" "$(($(stat -c %s "$RKT_DATA/cas/blob/$b") + 3000000))"
	list --fields=size --sort=name
	expect_equal "${lines[1]}" "$(awk "BEGIN { printf \"%.1fMiB\", $size / 1048576 }")"
	list --full --fields=id,size,importtime,lastused --sort=name
	zone=$(date -d @1700000001 '+%Y-%m-%d %H:%M:%S')
	expect_match "${lines[1]}" "^$b"$'\t'"$size"$'\t'"$zone"
	expect_match "${lines[1]}" $'\t'"$(date -r "$RKT_DATA/cas/image/$b/lastused" '+%Y-%m-%d %H:%M:%S')"
	run --separate-stderr rkt image list --format=json --fields=name --sort=name
	expect_equal "$(jq -c '.[1] | keys_unsorted' <<<"$output")" '["id","name","import_time","last_used_time","size"]'
	expect_equal "$(jq -r '.[1] | "\(.id) \(.size)"' <<<"$output")" "$b $size"
	# Beyond what jq's numbers can hold.
	expect_match "$output" '"import_time":1700000001000000000,'
}

@test "a name means the image with these labels, the latest or newest of several" {
	store example.com/app 1
	one=$IMAGE
	store example.com/app 2
	two=$IMAGE
	store example.com/app 3 10 '.labels += [{"name": "flavour", "value": "a b"}]'
	three=$IMAGE
	store example.com/app 4 10 '.labels |= map(if .name == "arch" then .value = "i386" else . end)'
	wait_until store_is_settled
	id_of() {
		run --separate-stderr rkt image cat-manifest "$@"
		expect_status 0
		jq -r '.labels[] | select(.name == "version") | .value' <<<"$output"
	}
	expect_equal "$(id_of example.com/app:1)" 1
	expect_equal "$(id_of example.com/app,version=2)" 2
	expect_equal "$(id_of 'example.com/app,flavour=a b')" 3
	expect_equal "$(id_of example.com/app,arch=i386)" 4
	# Of this machine's architecture the newest one.
	imported "$one" 1700000001
	imported "$two" 1700000003
	imported "$three" 1700000002
	expect_equal "$(id_of example.com/app)" 2
	# One that was fetched as the latest comes before newer ones, unless a version is asked for.
	sed -i 's/^latest=0/latest=1/' "$RKT_DATA/cas/image/$one/info"
	expect_equal "$(id_of example.com/app)" 1
	expect_equal "$(id_of example.com/app:2)" 2
	for name in example.com/app:5 example.com/app,os=freebsd example.com/absent; do
		run --separate-stderr rkt image cat-manifest "$name"
		expect_status 254
		expect_match "$stderr" "^cat-manifest: no image with the name \"${name%%[:,]*}\" and the labels .*os=.*arch=.* is in the store$"
	done
	run --separate-stderr rkt image cat-manifest localhost:5000/app
	expect_status 254
	expect_match "$stderr" 'and the labels version=5000/app, os=linux, arch=.* is in the store'
	expect_match "$stderr" 'hint: an image of a registry is docker://localhost:5000/app$'
}

@test "an ID may be cut short, or be longer than it is" {
	store example.com/app 1
	for id in "${IMAGE:0:9}" "${IMAGE:0:39}" "$IMAGE" "${IMAGE}0123456789abcdef"; do
		run --separate-stderr rkt image cat-manifest "$id"
		expect_status 0
		pod "$id" --exec=/absent
		expect_match "$output$stderr" absent
	done
	run --separate-stderr rkt image cat-manifest "${IMAGE:0:8}"
	expect_status 254
	expect_equal "$stderr" 'cat-manifest: image ID too short'
	# Another one whose ID begins with the same two digits.
	cp -r "$RKT_DATA/cas/image/$IMAGE" "$RKT_DATA/cas/image/${IMAGE:0:70}$(tr 0-9a-f 1-9a-f0 <<<"${IMAGE:70}")"
	run --separate-stderr rkt image cat-manifest "${IMAGE:0:69}"
	expect_status 254
	expect_equal "$stderr" "cat-manifest: ambiguous image ID: \"${IMAGE:0:69}\""
	run --separate-stderr rkt image cat-manifest sha512-00
	[[ $IMAGE == sha512-00* ]] || expect_equal "$stderr" 'cat-manifest: no image IDs found'
	expect_status 254
}
