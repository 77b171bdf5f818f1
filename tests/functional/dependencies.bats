#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ACIs that depend on others: what they are made of, seen from inside pods.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

fetch() {
	run --separate-stderr rkt --insecure-options=image fetch --full "$@"
}

# store ARGS...: fetches by what the store has already; the ID is in $output.
store() {
	fetch --pull-policy=new "$@"
	expect_status 0
}

# tree NAME WORD...: a directory with a file for each word, PATH or PATH=CONTENT; the content is NAME if not given. A
# word with a slash at its end is a directory.
tree() {
	local name=$1 word path
	shift
	mkdir -p "$name"
	for word; do
		path=$name/${word%%=*}
		case $word in
		*/) mkdir -p "$path" ;;
		*) mkdir -p "$(dirname "$path")" && case $word in *=*) echo "${word#*=}" ;; *) echo "$name" ;; esac >"$path" ;;
		esac
	done
}

# image NAME JQ WORD...: the file NAME.aci, whose manifest has the filter applied, from a tree as above.
image() {
	local name=$1 filter=$2
	shift 2
	tree "$name" "$@"
	make_aci "$name.aci" ".name = \"example.com/$name\" | $filter" "$PWD/$name"
}

depend() {
	local IFS=,
	echo ".dependencies = [$(printf '{"imageName": "example.com/%s"}\n' "$@" | paste -sd,)]"
}

# Every pod needs a shell: the busybox image, as the lowest of all.
base() {
	store "$FIXTURES/busybox.aci"
}

# files IMAGE PATH...: what a pod of it reads there, in one line.
files() {
	local image=$1
	shift
	pod "$image" --exec=/bin/sh -- -c 'for f; do cat $f 2>/dev/null || echo none; done' sh "$@"
	output=$(paste -sd' ' <<<"$output")
}

layers() {
	sed -n 's/^layer=//p' "$RKT_DATA/cas/image/$1/info"
}

@test "an image shows what it depends on, the later above the earlier, each above its own" {
	base
	image b "$(depend busybox)" etc/abcd etc/bc etc/bcd etc/b
	image d "$(depend busybox)" etc/abcd etc/bcd etc/cd etc/d
	image c "$(depend d)" etc/abcd etc/bcd etc/bc etc/cd etc/c
	image a "$(depend b c)" etc/abcd
	store d.aci
	store c.aci
	store b.aci
	store a.aci
	files example.com/a /etc/abcd /etc/bcd /etc/bc /etc/cd /etc/b /etc/c /etc/d /var/data/file
	expect_equal "$output" "a c c c b c d seeded"
}

@test "layers of dependencies are shared, and one that several bring is there once" {
	base
	busybox=$output
	image left "$(depend busybox)" etc/left
	image right "$(depend busybox)" etc/right
	image top "$(depend left right)" etc/top
	store left.aci
	left=$output
	store right.aci
	right=$output
	store top.aci
	expect_equal "$(layers "$output")" "$(printf '%s\n' "$left" "$busybox" "$right" "$output")"
	files example.com/top /etc/left /etc/right /etc/top
	expect_equal "$output" "left right top"
	expect_equal "$(ls "$RKT_DATA/cas/tree" | wc -l)" 4
}

@test "the size of an image counts what it depends on" {
	base
	image small "$(depend busybox)" etc/small
	store small.aci
	small=$(rkt image list --format=json | jq '.[] | select(.name == "example.com/small:1.0").size')
	tree=$(sed -n 's/^bytes=//p' "$RKT_DATA/cas/tree/$(aci_id "$FIXTURES/busybox.aci")/info")
	expect_equal "$small" $((tree + 6 + $(stat -c %s small.aci)))
}

aci_id() {
	echo "sha512-$(sha512sum "$1" | head -c 64)"
}

@test "a path whitelist leaves nothing else, of the image itself and of what it depends on" {
	base
	image lib "$(depend busybox)" etc/lib etc/unlisted-lib opt/deep/lib
	image app "$(depend lib) | .pathWhitelist = [\"/bin/busybox\", \"/bin/sh\", \"/bin/cat\", \"/etc/lib\", \"/etc/app/\", \"/opt/deep/lib\", \"/etc\", \"/nowhere\"]" \
		etc/app etc/unlisted-app own/
	chmod 700 lib/opt
	make_aci lib.aci ".name = \"example.com/lib\" | $(depend busybox)" "$PWD/lib"
	store lib.aci
	store app.aci
	expect_match "$(layers "$output")" '^deps-[0-9a-f]{64}$'
	files example.com/app /etc/lib /etc/app /opt/deep/lib /etc/unlisted-lib /etc/unlisted-app /var/data/file
	expect_equal "$output" "lib app lib none none none"
	pod example.com/app --exec=/bin/busybox -- stat -c '%n %a' /opt /own /opt/deep
	expect_equal "$output" $'/opt 755\n/own 755\n/opt/deep 755'
}

@test "a whitelist of a dependency counts for what that depends on, and one above for all" {
	base
	image lowest . etc/x etc/y etc/z
	image lower '.dependencies = [{"imageName": "example.com/lowest"}] | .pathWhitelist = ["/etc/x", "/etc/y", "/etc/own"]' etc/own
	image upper "$(depend busybox lower) | .pathWhitelist = [\"/etc/x\", \"/etc/z\", \"/etc/own\", \"/bin/busybox\", \"/bin/sh\", \"/bin/cat\"]"
	store lowest.aci
	store lower.aci
	store upper.aci
	files example.com/upper /etc/x /etc/y /etc/z /etc/own
	expect_equal "$output" "lowest none none lower"
}

@test "what is no directory above hides a directory below, and a directory above a file" {
	base
	image below "$(depend busybox)" etc/one/in etc/two etc/three/in
	image above "$(depend below)" etc/one etc/two/in
	ln -s /var/data above/etc/three
	make_aci above.aci ".name = \"example.com/above\" | $(depend below)" "$PWD/above"
	store below.aci
	store above.aci
	files example.com/above /etc/one /etc/one/in /etc/two/in /etc/three/in /etc/three/file
	expect_equal "$output" "above none above none seeded"
}

@test "a directory that the image does not name looks as in what it depends on" {
	base
	image below "$(depend busybox)" srv/data/below
	chmod 1770 below/srv/data
	chown 7:8 below/srv/data
	make_aci below.aci ".name = \"example.com/below\" | $(depend busybox)" "$PWD/below"
	mkdir -p work/rootfs/srv/data
	echo above >work/rootfs/srv/data/above
	jq ".name = \"example.com/above\" | $(depend below)" "$FIXTURES/manifest" >work/manifest
	tar -C work -cf above.aci manifest rootfs/srv/data/above
	store below.aci
	store above.aci
	pod example.com/above --exec=/bin/stat -- -c '%n %a %u %g' /srv/data /srv/data/above /
	expect_equal "${lines[0]}" '/srv/data 1770 7 8'
	expect_match "${lines[1]}" '^/srv/data/above 644 '
}

@test "a dependency with an ID is that image, whatever the newest of its name is" {
	base
	image lib "$(depend busybox) | .labels += [{\"name\": \"n\", \"value\": \"1\"}]" etc/lib=old
	store lib.aci
	old=$output
	rm -r lib
	image lib "$(depend busybox) | .labels += [{\"name\": \"n\", \"value\": \"2\"}]" etc/lib=new
	store lib.aci
	image by-name "$(depend lib)"
	image by-label '.dependencies = [{"imageName": "example.com/lib", "labels": [{"name": "n", "value": "1"}]}]'
	image by-id ".dependencies = [{\"imageName\": \"example.com/lib\", \"imageID\": \"$old\"}]"
	for case in 'name new' 'label old' 'id old'; do
		store "by-${case% *}.aci"
		files "example.com/by-${case% *}" /etc/lib
		expect_equal "$output" "${case#* }"
	done
	image absent '.dependencies = [{"imageName": "example.com/lib", "imageID": "sha512-00112233"}]'
	fetch --pull-policy=new absent.aci
	expect_status 254
	expect_equal "${stderr_lines[0]}" "fetch: the image is not the one with the ID sha512-00112233, but $(rkt image list --format=json | jq -r '.[] | select(.name == "example.com/lib:1.0").id' | grep -v "$old")"
	expect_equal "${stderr_lines[1]}" "fetch: hint: $PWD/absent.aci depends on image example.com/lib"
}

@test "an image whose dependency cannot be had is not there" {
	image app "$(depend absent)"
	fetch --pull-policy=never app.aci
	expect_status 254
	expect_match "${stderr_lines[0]}" '^fetch: unable to fetch image from image name "example.com/absent": either '
	expect_equal "${stderr_lines[1]}" "fetch: hint: $PWD/app.aci depends on image example.com/absent"
	expect_equal "$(rkt image list --no-legend)" ""
	expect_equal "$(ls "$RKT_DATA/cas/tree")" ""
}

@test "images that depend on themselves are refused" {
	image me "$(depend me)"
	fetch --pull-policy=new me.aci
	expect_status 254
	expect_equal "${stderr_lines[0]}" "fetch: images depend on themselves: example.com/me <- example.com/me"
}

@test "an OCI image that is depended on hides nothing of others" {
	store "oci:$FIXTURES/oci:layers"
	oci=$output
	name=$(rkt image cat-manifest "$oci" | jq -r .name)
	image below . opt/gone
	store below.aci
	image middle ".dependencies = [{\"imageName\": \"example.com/below\"}, {\"imageName\": \"$name\"}]" etc/app
	store middle.aci
	expect_match "$(layers "$output")" '^deps-'
	files example.com/middle /etc/app /opt/gone /opt/opaque/upper
	expect_match "$output" '^middle below '
	image on-top ".dependencies = [{\"imageName\": \"$name\"}]" etc/app
	store on-top.aci
	expect_equal "$(layers "$output")" "$(layers "$oci")
$output"
	files example.com/on-top /etc/app /opt/gone
	expect_equal "$output" 'on-top none'
}
