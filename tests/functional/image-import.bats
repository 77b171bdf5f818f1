#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image import and image df.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

import() {
	run --separate-stderr rkt image import "$@"
}

@test "image import makes an image of a directory, and of a tar of it" {
	cp -a "$FIXTURES/rootfs" root
	echo mine >root/etc/mine
	chown 12:34 root/etc/mine
	chmod 4751 root/etc/mine
	tar -C root -czf root.tar.gz .
	import root example.com/dir:1.2
	expect_status 0
	expect_equal "$(rkt image list --fields=name --no-legend)" example.com/dir:1.2
	expect_equal "$output" "$(rkt image list --fields=id --full --no-legend)"
	import root.tar.gz example.com/tar
	expect_status 0
	for image in example.com/dir example.com/tar; do
		pod "$image" --exec=/bin/sh -- -c 'cat /etc/mine /var/data/file; stat -c "%u %g %a" /etc/mine'
		expect_equal "$output" $'mine\nseeded\n12 34 4751'
	done
	rkt image render --rootfs-only example.com/dir out
	diff <(cd root && find . -printf '%p %y %m %U %G %T@ %l\n' | sort) <(cd out && find . -printf '%p %y %m %U %G %T@ %l\n' | sort)
}

@test "a tar comes by the standard input" {
	local before
	tar -C "$FIXTURES/rootfs" -cz . | rkt image import - example.com/piped
	pod example.com/piped --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
	# Cut off on its way, empty, or nothing that could come.
	before=$(store_content)
	run --separate-stderr rkt image import - example.com/cut < <(tar -C "$FIXTURES/rootfs" -cz . | head -c 100000)
	expect_status 254
	expect_match "$stderr" 'standard input|gzip'
	run --separate-stderr rkt image import - example.com/none </dev/null
	expect_status 254
	run --separate-stderr "$BATS_TEST_DIRNAME/at-terminal" 24x80 "$RKT" --dir="$RKT_DATA" image import - example.com/none </dev/null
	expect_match "$output$stderr" 'the standard input is a terminal: no tar comes from there'
	expect_equal "$(store_content)" "$before"
}

@test "files of one number on several filesystems are told apart" {
	local dir
	cp -a "$FIXTURES/rootfs" root
	for dir in one other; do
		mkdir "root/$dir"
		mount -t tmpfs tmpfs "root/$dir"
		echo "$dir" >"root/$dir/file"
		ln "root/$dir/file" "root/$dir/link"
	done
	[ "$(stat -c %i root/one/file)" = "$(stat -c %i root/other/file)" ]
	import root example.com/mounts
	umount root/one root/other
	expect_status 0
	rkt image extract --rootfs-only example.com/mounts out
	expect_equal "$(cat out/{one,other}/{file,link})" $'one\none\nother\nother'
	[ out/other/file -ef out/other/link ]
}

@test "arguments are of the default shell where no program is named" {
	import "$FIXTURES/rootfs" example.com/shell -- -c 'echo "$0 $1"' one two
	expect_status 0
	run --separate-stderr rkt run --net=none example.com/shell
	plain_output
	expect_equal "$output" 'one two'
}

@test "a directory that holds the store is not imported into it" {
	local dir
	for dir in / "$RKT_DATA" "$RKT_DATA/cas" "$(dirname "$RKT_DATA")"; do
		run --separate-stderr timeout 20 "$RKT" --dir="$RKT_DATA" image import "$dir" example.com/all
		expect_status 254
		expect_match "$stderr" 'holds the images that rkt stores, and would be imported into itself'
	done
	expect_equal "$(rkt image list --no-legend)" ''
}

@test "what is no image is not imported" {
	mkdir root
	import root Not/A/Name
	expect_status 254
	expect_match "$stderr" 'invalid image name "Not/A/Name"'
	import absent example.com/app
	expect_status 254
	expect_match "$stderr" "^import: open $PWD/absent: no such file or directory"
	echo nonsense >file
	import file example.com/app
	expect_status 254
	expect_equal "$(rkt image list --no-legend)$(ls "$RKT_DATA/cas/tree" "$RKT_DATA/cas/blob" | grep sha)" ""
}

@test "an imported image runs what the import says" {
	cp -a "$FIXTURES/rootfs" root
	import root example.com/app --exec=/bin/sh --user=www --group=50 --working-dir=/var/data \
		--environment=GREETING='hello there' --environment=EMPTY= -- -c 'echo "$GREETING,$EMPTY,$1"; id -u; id -g; pwd; cat file' me --last
	expect_status 0
	pod example.com/app
	expect_equal "$output" $'hello there,,--last\n33\n50\n/var/data\nseeded'
	# A program without a slash is looked for in the app's PATH.
	tar -C root -cf root.tar .
	import root.tar example.com/tar --exec=cat --environment=PATH=/bin -- /var/data/file
	expect_status 0
	pod example.com/tar
	expect_equal "$output" seeded
}

@test "an import of what could not run is refused" {
	cp -a "$FIXTURES/rootfs" root
	ln -s /no/where root/bin/dangling
	while IFS='|' read -r message options; do
		eval "import root example.com/app $options"
		expect_status 254
		expect_match "$stderr" "^import: $message"
	done <<-'END'
		--exec=/bin/absent: look for it in .*: no such file|--exec=/bin/absent
		--exec=/bin/dangling: look for it in .*: no such file|--exec=/bin/dangling
		--exec=/etc/passwd: it is no program that can be executed|--exec=/etc/passwd
		--exec=/var: it is no program that can be executed|--exec=/var
		--exec=absent: look for it in .*: unable to find "absent" in "/:/bin:/usr/bin"|--exec=absent
		--exec=sh: look for it in .*: unable to find "sh" in "/usr"|--exec=sh --environment=PATH=/usr
		--exec=bin/absent: look for it in .*: no such file|--exec=bin/absent
		--exec=sh: look for it in .*: unable to find|--exec=sh --environment=PATH=
		--exec names no program|--exec=
		--environment=PATH: must be NAME=VALUE|--environment=PATH
		--environment=1=2: must be NAME=VALUE|--environment=1=2
		--environment=A=2: A is set twice|--environment=A=1 --environment=A=2
		--user must not be empty|--user=
		--group must not be empty|--group=
		--working-dir=var: must be an absolute path|--working-dir=var
	END
	expect_equal "$(rkt image list --no-legend)$(ls "$RKT_DATA/cas/tree" "$RKT_DATA/cas/blob" | grep sha)" ""
}

@test "what is wrong with the words of an import is said before anything is unpacked" {
	# Whoever begins to read this one waits for a writer.
	mkfifo slow.tar
	while IFS='|' read -r message words; do
		run --separate-stderr timeout 20 "$BUILD/libexec/rkt-image" --dir="$RKT_DATA" --component=import $words
		expect_status 254
		expect_match "$stderr" "^import: $message"
	done <<-END
		no image can be "example.com/app,arch=z80": labels: bad arch "z80" for linux|import $PWD/slow.tar example.com/app,arch=z80
		invalid image name "Not/A/Name"|import $PWD/slow.tar Not/A/Name
		--user must not be empty|--user= import $PWD/slow.tar example.com/app
	END
	mkdir root
	import root example.com/app,arch=z80
	expect_status 254
	expect_match "$stderr" '^import: no image can be "example.com/app,arch=z80": labels: bad arch "z80"'
}

@test "an import of what holds an image says what to do with it" {
	skopeo copy --quiet "oci:$FIXTURES/oci:layers" docker-archive:saved.tar:team/app:1.0
	tar -C "$FIXTURES/oci" -cf layout.tar .
	mkdir aci bundle
	tar -C aci -xf "$FIXTURES/busybox.aci"
	cp -a "$FIXTURES/rootfs" bundle/rootfs
	echo {} >bundle/config.json
	while IFS='|' read -r source what command; do
		for options in "" --exec=/bin/cat; do
			import "$source" example.com/app $options
			expect_status 254
			expect_equal "$stderr" "import: $source is no root filesystem, but $what
import: hint: $command"
		done
	done <<-END
		$PWD/saved.tar|an archive of "docker save"|rkt fetch docker-archive:$PWD/saved.tar
		$PWD/layout.tar|a tar of an OCI image layout|unpack it, then: rkt fetch oci:DIR
		$FIXTURES/oci|an OCI image layout|rkt fetch oci:$FIXTURES/oci
		$FIXTURES/busybox.aci|an ACI|rkt fetch $FIXTURES/busybox.aci
		$PWD/aci|an ACI that was unpacked|rkt image import $PWD/aci/rootfs example.com/app
		$PWD/bundle|a bundle of an OCI runtime|rkt image import $PWD/bundle/rootfs example.com/app
	END
	expect_equal "$(rkt image list --no-legend)" ""
	# A root filesystem may have such files.
	cp -a "$FIXTURES/rootfs" root
	touch root/oci-layout root/index.json root/manifest.json
	import root example.com/app
	expect_status 0
	tar -C root -cf root.tar .
	import root.tar example.com/app
	expect_status 0
}

@test "image df tells what uses the space and what keeps it" {
	local -x RKT_LAYER_VIEW=tree
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	mkdir own
	make_aci app.aci '.name = "example.com/app" | .dependencies = [{"imageName": "example.com/busybox"}]' "$PWD/own"
	rkt --insecure-options=image fetch --pull-policy=new app.aci >/dev/null
	base=sha512-$(sha512sum "$FIXTURES/busybox.aci" | head -c 12)
	run --separate-stderr rkt image df
	expect_status 0
	expect_match "${lines[0]}" $'^KIND\t+ID\t+SIZE\t+KEPT BY$'
	expect_equal "$(grep -c '^layer' <<<"$output") $(grep -c '^archive' <<<"$output")" "2 2"
	line=$(grep "^layer.*$base" <<<"$output")
	expect_match "$line" 'example.com/app'
	expect_match "$line" 'example.com/busybox'
	start_sleeper
	rkt image rm example.com/app example.com/busybox >/dev/null 2>&1
	run --separate-stderr rkt image df
	expect_match "$(grep "$base" <<<"$output")" $'\tpods$'
	expect_match "$(grep -v "$base" <<<"$output" | grep ^layer)" $'\t-$'
}

@test "image df tells images of one name apart" {
	local -x RKT_LAYER_VIEW=tree
	mkdir root
	echo one >root/file
	first=$(rkt image import root example.com/m:2)
	echo another one >root/file
	rkt image import root example.com/m:3 >/dev/null
	rkt image import root example.com/l >/dev/null
	df() {
		run --separate-stderr rkt image df
		expect_status 0
		kept=$(awk -F'\t+' -v kind="$1" '$1 == kind { print $4 }' <<<"$output")
	}
	df manifest
	expect_equal "$(sort <<<"$kept")" $'example.com/l\nexample.com/m:2\nexample.com/m:3'
	# What is large comes first.
	df archive
	expect_equal "$(awk '$1 == "archive" { print $3 }' <<<"$(rkt image df --full)")" "$(awk '$1 == "archive" { print $3 }' <<<"$(rkt image df --full)" | sort -rn)"
	df layer
	expect_equal "$(tail -n 1 <<<"$kept")" example.com/m:2
	echo a third >root/file
	second=$(rkt image import root example.com/m:2)
	df manifest
	expect_match "$kept" "example.com/m:2 \(${first:0:19}\)"
	expect_match "$kept" "example.com/m:2 \(${second:0:19}\)"
	expect_match "$kept" $'(^|\n)example.com/m:3($|\n)'
}

@test "image df says what stays because of a damaged image" {
	local -x RKT_LAYER_VIEW=tree
	mkdir root
	damaged=$(rkt image import root example.com/damaged)
	echo file >root/file
	other=$(rkt image import root example.com/other)
	lost=$(rkt image import root example.com/lost)
	echo damage >"$RKT_DATA/cas/image/$damaged/manifest"
	rm "$RKT_DATA/cas/image/$lost/info"
	run --separate-stderr rkt image df --full
	expect_equal "$(awk -F'\t+' -v id="$damaged" '$2 == id { print $1, $4 }' <<<"$output")" $'layer damaged\narchive damaged\nmanifest damaged'
	expect_equal "$(awk -F'\t+' -v id="$other" '$2 == id { print $1, $4 }' <<<"$output")" $'layer example.com/other\narchive example.com/other\nmanifest example.com/other'
	rkt image gc >/dev/null 2>&1
	expect_equal "$(ls "$RKT_DATA/cas/image")" "$(printf '%s\n' "$damaged" "$other" | sort)"
	[ -e "$RKT_DATA/cas/blob/$damaged" ]
	[ -d "$RKT_DATA/cas/tree/$damaged" ]
}

# df_sum KIND...: the sizes that "image df --full" tells of these kinds.
df_sum() {
	rkt image df --full | awk -v kinds=" $* " 'index(kinds, " " $1 " ") { sum += $3 } END { print sum }'
}

@test "image df tells of layers that were made anew, which stay until the next boot" {
	local view file size
	for view in tree:rootfs/etc/passwd:0 erofs:index:7; do
		IFS=: read -r RKT_LAYER_VIEW file size <<<"$view"
		export RKT_LAYER_VIEW
		new_data_dir "$BATS_TEST_TMPDIR/$RKT_LAYER_VIEW"
		rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
		wait_until store_is_settled
		expect_equal "$(df_sum replaced)" ''
		# Of trees what was noted counts.
		size=$((size + $(df_sum layer view)))
		echo damage >>"$(echo "$RKT_DATA"/cas/tree/*)/$file"
		rkt image verify "$BUSYBOX"
		expect_equal "$(df_sum replaced)" "$size"
		expect_match "$(rkt image df)" $'\nreplaced\t+lost-[0-9a-f]{14}\t+[0-9.]+MiB\t+boot\n'
	done
	unset RKT_LAYER_VIEW
}

@test "image df counts all that is there" {
	local boot cas=$RKT_DATA/cas total files slack
	expect_match "$(rkt image df)" $'\ntotal\t+0B'
	boot=$(</proc/sys/kernel/random/boot_id)
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	rkt --insecure-options=image fetch "oci:$FIXTURES/oci:layers" >/dev/null
	wait_until store_is_settled
	head -c 300000 /dev/zero >"$cas/tmp/p-$boot-sha256:0123456789abcdef"
	echo nobody >"$cas/blob/sha256-$(printf '%064d' 0)"
	run --separate-stderr rkt image df
	expect_match "$output" $'\ndocument\t+sha256-[0-9a-f]{12}\t+[0-9.KiB]+\t+oci:layers\n'
	expect_match "$output" $'\ndocument\t+sha256-000000000000\t+7B\t+-\n'
	expect_match "$output" $'\ndownload\t+sha256:0123456789ab\t+293KiB\t+-\n'
	expect_match "$output" $'\nmanifest\t+sha512-[0-9a-f]{12}\t+[0-9.KiB]+\t+example.com/busybox:1.0\n'
	total=$(rkt image df --full | awk '$1 == "total" { print $2 }')
	expect_equal "$(df_sum layer view archive document manifest download)" "$total"
	# What du finds beyond that are directories, links, and the notes of references and layers.
	files=$(find "$cas" -type f -size +0 -not -path "$cas/tree/*/info" -not -name checksum -not -name implicit -not -name view-support -not -path "$cas/ref/*" \
		-printf '%i %s\n' | sort -u | awk '{ sum += $2 } END { print sum }')
	expect_equal "$total" "$files"
	slack=$(find "$cas" \( -type d -o -type l -o -path "$cas/ref/*" -o -path "$cas/tree/*/info" -o -name checksum -o -name implicit -o -name view-support \) -printf '%s\n' |
		awk '{ sum += $1 } END { print sum }')
	expect_equal "$((total + slack))" "$(du -s --apparent-size --block-size=1 "$cas" | cut -f1)"
}
