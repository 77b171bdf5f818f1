/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-copy.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"

typedef struct Scratch {
	char path[64];
	View view;
	int target;
} Scratch;

/* Three layers, uppermost first, and the directory "copy". */
static void make_layers(Scratch *s, const char *script)
{
	static const char *const layers[] = {"upper", "middle", "lower"};

	test_need_root();
	fd_close(test_dir_make(s->path));
	free(test_shell("cd %s; umask 022; mkdir upper middle lower copy; %s", s->path, script));
	s->view.layer_fds = calloc(ARRAY_LEN(layers), sizeof(int));
	for (size_t i = 0; i < ARRAY_LEN(layers); i++) {
		char path[96];

		(void)snprintf(path, sizeof path, "%s/%s", s->path, layers[i]);
		s->view.layer_fds[s->view.n++] = fd_open_dir(AT_FDCWD, path);
	}
	s->target = openat(s->view.layer_fds[0], "../copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->target >= 0);
}

static void done(Scratch *s)
{
	view_done(&s->view);
	fd_close(s->target);
	test_dir_remove(s->path);
}

static void expect(const Scratch *s, const char *command, const char *want)
{
	char *out = test_shell("cd %s/copy; %s", s->path, command);

	assert_string_equal(out, want);
	free(out);
}

static void copy(Scratch *s)
{
	char text[2 * ERROR_TEXT];
	Error err = ERROR_INIT;

	if (view_copy(&s->view, s->target, 0, &err) < 0)
		fail_msg("%s", error_message(&err, text, sizeof text));
}

static void merges_layers(void **state)
{
	Scratch s = {0};

	make_layers(&s,
		"mkdir -p lower/d/sub lower/gone lower/opaque/x middle/d middle/opaque upper/d "
		"  lower/file-over-dir middle/dir-over-file lower/both;"
		"echo l >lower/d/a; echo m >middle/d/a; echo u >upper/d/b; echo l >lower/d/sub/c;"
		"mknod middle/gone c 0 0; echo l >lower/deleted; mknod upper/deleted c 0 0;"
		"echo l >lower/opaque/hidden; echo m >middle/opaque/shown;"
		"setfattr -n trusted.overlay.opaque -v y middle/opaque;"
		"echo f >upper/file-over-dir; echo l >lower/file-over-dir/in;"
		"echo l >lower/dir-over-file; echo m >middle/dir-over-file/in;"
		/* What a whiteout of a layer in between hides stays hidden, whatever is above. */
		"mkdir upper/again lower/again; echo l >lower/again/old; mknod middle/again c 0 0;"
		"echo u >upper/again/new;");
	copy(&s);
	expect(&s, "find . -type f | sort | while read f; do echo $f $(cat $f); done",
		"./again/new u\n./d/a m\n./d/b u\n./d/sub/c l\n./dir-over-file/in m\n"
		"./file-over-dir f\n./opaque/shown m\n");
	expect(&s, "find . -type d | sort | tr '\\n' ' '",
		". ./again ./both ./d ./d/sub ./dir-over-file ./opaque ");
	expect(&s, "find . -type c; getfattr -R -m trusted . 2>&1", "");
	done(&s);
}

static void keeps_attributes(void **state)
{
	Scratch s = {0};

	make_layers(&s,
		"cd lower; mkdir d; echo x >d/f; ln d/f hard; ln d/f d/hard2; ln -s /nowhere link;"
		"ln link link2; mkfifo fifo; mknod null c 1 3; mknod disk b 8 1;"
		"cp /bin/true caps; setcap cap_kill=ep caps; cp caps suid; chmod 6711 suid;"
		"setfacl -m u:33:rw d/f; setfacl -d -m u:44:rwx d; setfattr -n user.k -v v d/f;"
		"dd if=/dev/urandom of=big bs=1000 count=777 2>&1; : >empty;"
		"chown 33:44 d/f null; chown -h 55:66 link; chmod 1777 d; chmod 000 empty;"
		"touch -h -d @1000.5 d/f link null fifo empty d;");
	copy(&s);
	expect(&s, "stat -c '%n %h %u:%g %a %Y' d/f hard d/hard2",
		"d/f 3 33:44 664 1000\nhard 3 33:44 664 1000\nd/hard2 3 33:44 664 1000\n");
	expect(&s, "[ d/f -ef hard ] && [ hard -ef d/hard2 ]", "");
	expect(&s, "[ $(stat -c %i link) = $(stat -c %i link2) ]", "");
	expect(&s, "stat -c '%n %F %u:%g %t:%T %Y' link fifo null disk | sed 's/ [0-9]*$//'",
		"link symbolic link 55:66 0:0\nfifo fifo 0:0 0:0\n"
		"null character special file 33:44 1:3\ndisk block special file 0:0 8:1\n");
	expect(&s, "readlink link; stat -c '%a %.1Y' d empty link; stat -c %a suid caps",
		"/nowhere\n1777 1000.5\n0 1000.5\n777 1000.5\n6711\n755\n");
	expect(&s, "getcap caps; getfattr --only-values -n user.k d/f", "caps cap_kill=ep\nv");
	expect(&s, "getfacl -cn d/f d | grep -E '33|44'", "user:33:rw-\ndefault:user:44:rwx\n");
	expect(&s, "cmp big ../lower/big; cmp caps ../lower/caps; cat d/f", "x\n");
	done(&s);
}

/* Links are copied, never followed: neither in the layers nor in what has been copied. */
static void follows_no_link(void **state)
{
	Scratch s = {0};

	make_layers(&s,
		"mkdir outside; echo secret >outside/file; ln -s ../outside upper/dir; mkdir "
		"lower/dir;"
		"echo l >lower/dir/file; ln -s ../outside/file lower/file; ln -s . lower/loop;");
	copy(&s);
	expect(&s, "find . ! -type d | sort; readlink dir file loop",
		"./dir\n./file\n./loop\n../outside\n../outside/file\n.\n");
	expect(&s, "ls ../outside; cat ../outside/file", "file\nsecret\n");
	done(&s);
}

static void names_what_cannot_be_copied(void **state)
{
	char text[2 * ERROR_TEXT];
	Error err = ERROR_INIT;
	Scratch s = {0};

	make_layers(&s, "mkdir lower/d; echo x >lower/d/f; mkdir -p copy/d/f/in-the-way;");
	assert_true(view_copy(&s.view, s.target, 0, &err) < 0);
	assert_non_null(strstr(error_message(&err, text, sizeof text), "/d/f: "));
	done(&s);
}

/* As deep as paths can be: no descriptor and no frame for each level. */
static void copies_deep_trees(void **state)
{
	Scratch s = {0};

	make_layers(
		&s, "p=lower; for i in $(seq 1 1500); do p=$p/d; done; mkdir -p $p; echo x >$p/f;");
	copy(&s);
	expect(&s, "find . -type f | tr -d '/\\n' | wc -c", "1502\n");
	done(&s);
}

/* The three layers as parts of their own, the lower two restricted to some paths. */
static void puts_parts_together(void **state)
{
	static const char *const listed[] = {"base/file", "d/listed", "own", "tmp"};
	StrList whitelist = {.items = (const char **)listed, .n = ARRAY_LEN(listed)};
	char text[2 * ERROR_TEXT];
	Error err = ERROR_INIT;
	View views[3];
	ViewPart parts[3];
	Scratch s = {0};
	uint64_t bytes;

	make_layers(&s,
		"chmod 700 upper; mkdir -p upper/own-dir upper/up upper/d lower/tmp lower/base "
		"lower/d"
		"  lower/unlisted middle/link lower/up lower/dir-over-file upper/dir-over-file;"
		"chmod 1777 lower/tmp; chmod 711 lower/base; echo u >upper/own; echo l >lower/own;"
		"echo u >upper/unlisted-file; echo l >lower/tmp/unlisted; echo l >lower/base/file;"
		"echo m >middle/d; ln -s /etc upper/link; echo m >middle/link/in; echo l "
		">lower/d/listed;"
		"echo l >lower/unlisted/f;");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		views[i] = (View){.layer_fds = &s.view.layer_fds[i], .n = 1};
		parts[i] =
			(ViewPart){.view = &views[i], .whitelist = &whitelist, .all_dirs = i == 0};
	}
	if (view_merge(parts, ARRAY_LEN(parts), s.target, &bytes, &err) < 0)
		fail_msg("%s", error_message(&err, text, sizeof text));
	expect(&s, "find . -printf '%P %y %m\\n' | sort",
		" d 700\nbase d 755\nbase/file f 644\nd d 755\nd/listed f 644\n"
		"dir-over-file d 755\nown f 644\nown-dir d 755\ntmp d 1777\nup d 755\n");
	expect(&s, "cat own", "u\n");
	assert_int_equal(bytes, 6);
	/* Without the list: what is below a link of an upper part does not show. */
	free(test_shell("cd %s/copy && find . -mindepth 1 -delete", s.path));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		parts[i].whitelist = NULL;
	assert_return_code(view_merge(parts, ARRAY_LEN(parts), s.target, &bytes, &err), 0);
	expect(&s, "find link d -printf '%p %y\\n'; cat base/file unlisted-file tmp/unlisted",
		"link l\nd d\nd/listed f\nl\nu\nl\n");
	done(&s);
}

static void keeps_holes(void **state)
{
	Scratch s = {0};

	make_layers(&s, "cd lower; truncate -s 64M holes; printf x | dd of=holes bs=1 seek=20M "
			"conv=notrunc 2>&1;"
			"truncate -s 50M empty");
	copy(&s);
	expect(&s, "cmp holes ../lower/holes; stat -c %s holes empty; du -m holes empty | cut -f1",
		"67108864\n52428800\n1\n0\n");
	done(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_layers),
		cmocka_unit_test(keeps_attributes),
		cmocka_unit_test(follows_no_link),
		cmocka_unit_test(names_what_cannot_be_copied),
		cmocka_unit_test(copies_deep_trees),
		cmocka_unit_test(puts_parts_together),
		cmocka_unit_test(keeps_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
