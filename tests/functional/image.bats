#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images from files and layouts: fetching, the store, what it says about them.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

fetch() {
	run --separate-stderr rkt --insecure-options=image fetch "$@"
}

# The ID of an ACI is the first half of the SHA-512 of its tar.
aci_id() {
	echo "sha512-$(sha512sum "$1" | head -c 64)"
}

@test "fetch of an ACI prints its ID, short and full" {
	id=$(aci_id "$FIXTURES/busybox.aci")
	fetch "$FIXTURES/busybox.aci"
	expect_status 0
	expect_equal "$output" "${id:0:39}"
	fetch --full "$FIXTURES/busybox.aci"
	expect_equal "$output" "$id"
}

@test "several images are fetched in their order, until one fails" {
	cd "$BATS_TEST_TMPDIR"
	make_aci app.aci '.name = "example.com/app"'
	run --separate-stderr rkt --insecure-options=image image fetch --full "$FIXTURES/busybox.aci" "oci:$FIXTURES/oci:latest" app.aci
	expect_status 0
	expect_equal "${#lines[@]} ${lines[0]} ${lines[2]}" "3 $(aci_id "$FIXTURES/busybox.aci") $(aci_id app.aci)"
	expect_equal "$(rkt image list --no-legend | wc -l)" 3
	new_data_dir "$BATS_TEST_TMPDIR/other"
	fetch --full "$FIXTURES/busybox.aci" absent.aci app.aci
	expect_status 254
	expect_equal "$output" "$(aci_id "$FIXTURES/busybox.aci")"
	expect_match "$stderr" 'fetch: open .*/absent.aci: no such file or directory'
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
	fetch
	expect_status 254
	expect_match "$stderr" 'must provide at least one image'
	fetch app.aci -- args
	expect_status 254
	expect_match "$stderr" 'app arguments unsupported'
	# "image fetch" is the same, and no help tells of it.
	refute_match "$(rkt help image)" $'\tfetch'
}

@test "what looks like a file is one, by whatever path" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p 'dir/a b'
	cp "$FIXTURES/busybox.aci" 'dir/a b/app.aci'
	ln -s 'a b/app.aci' dir/link.aci
	id=$(aci_id "$FIXTURES/busybox.aci")
	cd dir/"a b"
	for path in app.aci ./app.aci "../a b/app.aci" ../link.aci "$PWD/app.aci" "file://$PWD/app.aci" "file://localhost${PWD// /%20}/app.aci"; do
		fetch --full "$path"
		expect_status 0
		expect_equal "$output" "$id"
	done
	cp app.aci example.com
	# A file of that name comes before an image of that name, but has to be called an ACI.
	for path in example.com /nowhere/app file:///nowhere/app https://example.com/app; do
		fetch "$path"
		expect_status 254
		expect_match "$stderr" "^fetch: invalid image string \"$path\""
	done
	fetch ./absent.aci
	expect_match "$stderr" "^fetch: open $PWD/absent.aci: no such file or directory"
}

@test "an ACI may be compressed by gzip, bzip2, xz or zstd" {
	cd "$BATS_TEST_TMPDIR"
	id=$(aci_id "$FIXTURES/busybox.aci")
	for tool in gzip bzip2 xz zstd; do
		"$tool" -c "$FIXTURES/busybox.aci" >"$tool.aci"
		new_data_dir "$BATS_TEST_TMPDIR/$tool"
		fetch --full "$tool.aci"
		expect_status 0
		expect_equal "$output" "$id"
		pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
		expect_equal "$output" seeded
	done
}

@test "a file without a signature is refused unless told otherwise" {
	run --separate-stderr rkt fetch "$FIXTURES/busybox.aci"
	expect_status 254
	expect_equal "${stderr_lines[0]}" "fetch: open $FIXTURES/busybox.aci.asc: no such file or directory"
	expect_equal "${stderr_lines[1]}" "fetch: hint: the image has no signature: --signature=FILE names one, --insecure-options=image goes without"
	run --separate-stderr rkt fetch "$BATS_TEST_TMPDIR/absent.aci"
	expect_equal "${stderr_lines[1]}" "fetch: hint: there is no image $BATS_TEST_TMPDIR/absent.aci"
	expect_equal "$(rkt image list --no-legend)" ""
}

@test "a file is imported whatever the pull policy" {
	local file=$BATS_TEST_TMPDIR/app.aci version policy
	for policy in never new update; do
		for version in 1 2; do
			make_aci "$file" ".name = \"example.com/$policy-$version\""
			fetch --full --pull-policy="$policy" "$file"
			expect_status 0
			expect_equal "$output" "$(aci_id "$file")"
		done
	done
	expect_equal "$(rkt image list --no-legend | wc -l)" 6
}

@test "image list as text and JSON" {
	expect_equal "$(rkt image list)" $'ID\tNAME\tSIZE\tIMPORT TIME\tLAST USED'
	expect_equal "$(rkt image list --format=json)" null
	fetch "$FIXTURES/busybox.aci"
	id=$(aci_id "$FIXTURES/busybox.aci")
	run --separate-stderr rkt image list
	expect_equal "${lines[0]}" $'ID\t\t\tNAME\t\t\tSIZE\tIMPORT TIME\tLAST USED'
	expect_match "${lines[1]}" "^${id:0:19}"$'\texample.com/busybox:1.0\t[0-9.]+MiB\t'
	run --separate-stderr rkt image list --format=json
	expect_equal "$(jq -r '.[0].id, .[0].name' <<<"$output" | paste -sd' ')" "$id example.com/busybox:1.0"
	expect_equal "$(jq '.[0].size > 1000000 and .[0].import_time > 1600000000000000000' <<<"$output")" true
}

@test "image cat-manifest by name and by ID" {
	fetch "$FIXTURES/busybox.aci"
	for image in "$BUSYBOX" "$BUSYBOX:1.0" "$output" "${output:0:20}"; do
		run --separate-stderr rkt image cat-manifest "$image"
		expect_status 0
		expect_equal "$(jq -cS . <<<"$output")" "$(jq -cS . "$FIXTURES/manifest")"
	done
}

@test "an image runs only if it says that it is for Linux and a known architecture" {
	check_labels() {
		make_aci "$BATS_TEST_TMPDIR/labels.aci" ".name = \"example.com/labels\" | .labels = $1"
		run --separate-stderr rkt --insecure-options=image run --net=none "$BATS_TEST_TMPDIR/labels.aci" --exec=/bin/true
		expect_status 254
		expect_equal "$stderr" "run: cannot run image \"example.com/labels\": $2"
	}
	check_labels '[]' 'missing os label in the image manifest'
	check_labels '[{name: "os", value: "linux"}]' 'missing arch label in the image manifest'
	check_labels '[{name: "os", value: "darwin"}, {name: "arch", value: "x86_64"}]' 'bad os "darwin" (must be one of: linux)'
}

@test "image rm removes the image by name, and says when there is none" {
	fetch --full "$FIXTURES/busybox.aci"
	id=$output
	run --separate-stderr rkt image rm "$BUSYBOX"
	expect_status 0
	expect_match "$output$stderr" "successfully removed aci for image: \"$id\""
	expect_match "$output$stderr" 'rm: 1 image\(s\) successfully removed'
	expect_equal "$(rkt image list --no-legend)" ""
	expect_equal "$(find "$RKT_DATA/cas" -path '*/blob/*' -type f)" ""
	run --separate-stderr rkt image rm sha512-deadbeef
	expect_status 0
	expect_match "$output$stderr" 'rm: no image IDs found'
}

@test "fetching twice stores once" {
	fetch "$FIXTURES/busybox.aci"
	wait_until store_is_settled # which adds the checksums of its layers
	before=$(find "$RKT_DATA" -type f | wc -l)
	fetch "$FIXTURES/busybox.aci"
	expect_status 0
	expect_equal "$(find "$RKT_DATA" -type f | wc -l)" "$before"
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

@test "an OCI layout runs with its entrypoint, user, environment and directory" {
	fetch "oci:$FIXTURES/oci:latest"
	expect_status 0
	image=${lines[-1]}
	pod "$image"
	expect_status 0
	expect_equal "$output" 'hello from oci'
	pod "$image" --exec=/bin/sh -- -c 'echo $(id -u) $(id -g) $FROM_IMAGE $(pwd)'
	expect_equal "$output" '33 44 yes /var'
}

@test "an OCI image has a rkt manifest by the rules of conversion" {
	fetch "oci:$FIXTURES/oci:latest"
	run --separate-stderr rkt image cat-manifest "${lines[-1]}"
	expect_status 0
	expect_equal "$(jq -c '.app.exec' <<<"$output")" '["/bin/sh","-c","echo hello from oci"]'
	expect_equal "$(jq -r '.app.user, .app.workingDirectory' <<<"$output" | paste -sd' ')" 'www /var'
	expect_equal "$(jq -c '.app.ports[0] | [.name, .protocol, .port]' <<<"$output")" '["8080-tcp","tcp",8080]'
	expect_equal "$(jq -r '.app.mountPoints[0].path' <<<"$output")" /var/data
	expect_equal "$(jq -r '[.labels[] | select(.name == "arch" or .name == "os") | .value] | sort | join(" ")' <<<"$output")" 'amd64 linux'
}

@test "layers with whiteouts, hard links, xattrs and devices unpack as umoci does it" {
	fetch "oci:$FIXTURES/oci:layers"
	expect_status 0
	image=${lines[-1]}
	mkdir "$BATS_TEST_TMPDIR/out"
	pod "$image" --user=0 --group=0 --volume="out,kind=host,source=$BATS_TEST_TMPDIR/out" --mount=volume=out,target=/out \
		--exec=/bin/sh -- -c 'cd /; find bin etc home opt root | sort | while read -r f; do stat -c "%n %f %u %g %h %t:%T" "$f"; done >/out/list; ls /opt/opaque; [ ! -e /opt/gone ] && echo whiteout; [ /opt/file -ef /opt/hardlink ] && echo linked'
	expect_status 0
	expect_equal "$output" $'upper\nwhiteout\nlinked'
	(cd "$FIXTURES/oci-layers-rootfs" && find bin etc home opt root | LC_ALL=C sort | while read -r f; do
		busybox stat -c "%n %f %u %g %h %t:%T" "$f"
	done) >"$BATS_TEST_TMPDIR/expected"
	# The engine's own files in /etc, and directories' link counts, which overlays do not keep.
	normalise() { grep -vE '^etc(/(hosts|resolv.conf|hostname|mtab))? ' "$1" | awk '$2 ~ /^4/ { $5 = "-" } 1'; }
	diff <(normalise "$BATS_TEST_TMPDIR/expected") <(normalise "$BATS_TEST_TMPDIR/out/list" | LC_ALL=C sort)
}

# look DIR...: how what is in them looks, but for what overlays change (the size and link count of directories).
look() {
	find "$@" -printf '%p %y %m %U %G %T@ %l\n' | LC_ALL=C sort
	getfattr -R -h -m '^(user|system)' -d "$@" 2>/dev/null
}

# image_of_unnamed_dirs: the tag "unnamed" of ./oci, with layers whose files are in directories that they do not name.
image_of_unnamed_dirs() {
	cp -a "$FIXTURES/oci" oci
	umoci tag --image oci:latest unnamed
	mkdir -p one/{private/deep/er,replaced/sub,gone/sub,opaque/sub,file}
	echo old | tee one/private/deep/old one/opaque/old one/gone/sub/old >/dev/null
	chown -R 33:44 one
	chmod 2750 one/private
	chmod 1777 one/private/deep
	chmod 700 one/opaque one/opaque/sub one/replaced/sub
	setfattr -n user.color -v blue one/private
	setfacl -m u:77:r one/private/deep/old
	setfacl -m u:77:rwx -d -m g:78:rx one/private/deep
	find one -exec touch -h -d '2001-02-03 04:05:06.789 UTC' {} +
	umoci insert --image oci:unnamed one /srv
	mkdir -p two/srv/{private/deep/er/new,replaced,gone,opaque/sub,file}
	for file in private/deep/er/new/file private/upper replaced/.wh.sub .wh.gone opaque/.wh..wh..opq opaque/sub/new file/.wh.nothing; do
		echo new >"two/srv/$file"
		echo "srv/$file"
	done >files
	tar -C two --no-recursion -T files -cf two.tar
	umoci raw add-layer --image oci:unnamed two.tar
	mkdir -p three/srv/{private/deep,replaced/sub,gone/sub}
	for file in private/deep/third replaced/sub/third gone/sub/third; do
		echo third >"three/srv/$file"
		echo "srv/$file"
	done >files
	tar -C three --no-recursion -T files -cf three.tar
	umoci raw add-layer --image oci:unnamed three.tar
}

@test "directories that a layer does not name look as those below, as umoci does it" {
	cd "$BATS_TEST_TMPDIR"
	image_of_unnamed_dirs
	umoci unpack --image oci:unnamed unpacked
	rkt --insecure-options=image fetch --full oci:oci:unnamed >id
	rkt image render --rootfs-only "$(<id)" rendered
	# The time is left out: umoci's is that of its own work where it makes something in a directory.
	without_time() { sed -E 's/ [0-9]+\.[0-9]{10} / /'; }
	diff <(cd unpacked/rootfs && look srv | without_time) <(cd rendered && look srv | without_time)
	expect_equal "$(cd rendered && getfacl -cnp srv/private/deep srv/private/deep/old | grep -E '7[78]')" $'user:77:rwx\ndefault:group:78:r-x\nuser:77:r--'
	old=$(date -d '2001-02-03 04:05:07 UTC' +%s)
	for dir in . private private/deep private/deep/er replaced opaque file; do
		expect_equal "$dir $(stat -c %Y "rendered/srv/$dir")" "$dir $old"
	done
	for option in --no-overlay=false --no-overlay; do
		pod "$(<id)" --user=0 --group=0 $option --exec=/bin/sh -- -c 'cd /srv; stat -c "%n %a %u %g %Y" private private/deep private/deep/er; cat private/deep/third; ls opaque'
		expect_equal "$output" "$(printf '%s\n' "private 2750 33 44 $old" "private/deep 1777 33 44 $old" "private/deep/er 755 33 44 $old" third sub)"
	done
	# Only who needs it has such a layer.
	rkt --insecure-options=image fetch oci:oci:latest >/dev/null
	expect_equal "$(ls "$RKT_DATA"/cas/tree | grep -c '^dirs-')" 1
	expect_equal "$(sed -n 's/^layer=//p' "$RKT_DATA/cas/image/$(<id)/info" | tail -n 1)" "$(cd "$RKT_DATA/cas/tree" && echo dirs-*)"
}

@test "file times and capabilities of files survive unpacking" {
	fetch "oci:$FIXTURES/oci:layers"
	image=${lines[-1]}
	pod "$image" --exec=/bin/sh -- -c 'stat -c %Y /opt/file; stat -c %Y /opt/symlink'
	expect_equal "$output" $'981173106\n981173106'
	rkt image render "$image" "$BATS_TEST_TMPDIR/rendered"
	expect_equal "$(getfattr --only-values -n security.capability "$BATS_TEST_TMPDIR/rendered/rootfs/opt/setuid" | xxd -p)" \
		"$(getfattr --only-values -n security.capability "$FIXTURES/oci-layers-rootfs/opt/setuid" | xxd -p)"
}

@test "images that share layers store them once" {
	fetch "oci:$FIXTURES/oci:latest"
	before=$(find "$RKT_DATA" -path '*/bin/busybox' | wc -l)
	fetch "oci:$FIXTURES/oci:layers"
	expect_status 0
	expect_equal "$(find "$RKT_DATA" -path '*/bin/busybox' | wc -l)" "$before"
	expect_equal "$(rkt image list --no-legend | wc -l)" 2
}

@test "a docker archive runs" {
	fetch "docker-archive:$FIXTURES/docker.tar"
	expect_status 0
	pod "${lines[-1]}"
	expect_equal "$output" 'hello from oci'
}

@test "an archive or layout of several images is asked by tag or whole reference, and tells its tags" {
	cd "$BATS_TEST_TMPDIR"
	skopeo --insecure-policy copy -q "oci:$FIXTURES/oci:latest" docker-archive:several.tar:docker.io/team/app:v1 \
		--additional-tag docker.io/team/tool:v2
	for tag in v1 app:v1 team/app:v1 docker.io/team/app:v1 team/tool:v2; do
		fetch "docker-archive:several.tar:$tag"
		expect_status 0
	done
	fetch docker-archive:several.tar:team/app:v3
	expect_status 254
	expect_equal "$stderr" "fetch: several.tar holds no image tagged \"team/app:v3\"
fetch: hint: the tags are docker.io/team/app:v1, docker.io/team/tool:v2"
	cp -r "$FIXTURES/oci" layout
	fetch oci:layout:absent
	expect_status 254
	expect_equal "${stderr_lines[1]}" "fetch: hint: the tags are latest, layers"
	umoci tag --image layout:latest team/app:v1
	fetch oci:layout:team/app:v1
	expect_status 0
}

@test "image IDs do not depend on when or where an image was fetched" {
	fetch "oci:$FIXTURES/oci:latest"
	first=${lines[-1]}
	new_data_dir "$BATS_TEST_TMPDIR/other"
	fetch "oci:$FIXTURES/oci:latest"
	expect_equal "${lines[-1]}" "$first"
}

@test "run fetches what is not in the store" {
	run --separate-stderr rkt --insecure-options=image run --net=none "$FIXTURES/busybox.aci" --exec=/bin/echo -- ran
	plain_output
	expect_status 0
	expect_equal "$output" ran
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

@test "images of pods can be removed while the pods run" {
	fetch "$FIXTURES/busybox.aci"
	start_sleeper
	run rkt image rm "$BUSYBOX"
	expect_equal "$(rkt enter "$POD" /bin/cat /var/data/file)" seeded
	rkt stop "$POD"
	wait_for_pod_end
}
