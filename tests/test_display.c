/* The whole program on terminals: one that takes nothing (what was a dead connection on stage), one that
 * goes, one without colours. */
#include "tests/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 19790 };
static char folder[64];

static void
wait_ms(int ms)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
	nanosleep(&t, NULL);
}

/* drumlin with a terminal of 60 by 200; returns its process, *terminal is the other end. */
static pid_t
begin(const char *term, int *terminal)
{
	struct winsize size = {.ws_row = 60, .ws_col = 200};
	const char *program = getenv("DRUMLIN") ? getenv("DRUMLIN") : "./drumlin";
	char port[8];
	snprintf(port, sizeof port, "%d", PORT);
	const pid_t child = forkpty(terminal, NULL, NULL, &size);
	if (child == 0) {
		setenv("TERM", term, 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		setenv("XDG_STATE_HOME", folder, 1);
		setenv("XDG_CONFIG_HOME", folder, 1);
		execl(program, program, "--backend", "none", "--osc-port", port, "--start", (char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	return child;
}

static void
command(const char *path)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char packet[64] = {0};
	const size_t head = (strlen(path) / 4 + 1) * 4;
	const int s = socket(AF_INET, SOCK_DGRAM, 0);
	strcpy(packet, path);
	packet[head] = ',';
	(void)!sendto(s, packet, head + 4, 0, (const struct sockaddr *)&to, sizeof to);
	close(s);
}

/* It is up: a save that is commanded is done. */
static bool
saves(void)
{
	char path[128];
	struct stat s;
	snprintf(path, sizeof path, "%s/drumlin/last.json", folder);
	unlink(path);
	for (int i = 0; i < 100; i++) {
		command("/drumlin/save");
		wait_ms(50);
		if (stat(path, &s) == 0 && s.st_size > 0)
			return true;
	}
	return false;
}

/* Pages turned to and fro: full screens, until the terminal's buffer is full and nobody empties it. */
static void
choke(int terminal)
{
	for (int i = 0; i < 60; i++) {
		(void)!write(terminal, i % 2 ? "l" : "?", 1);
		wait_ms(25);
	}
}

static bool
ends_within(pid_t child, int ms, int *status)
{
	for (int i = 0; i < ms / 20; i++) {
		if (waitpid(child, status, WNOHANG) == child)
			return true;
		wait_ms(20);
	}
	return false;
}

static void
a_terminal_that_takes_nothing_holds_nothing(void **state)
{
	(void)state;
	int terminal, status = -1;
	const pid_t child = begin("xterm-256color", &terminal);
	const bool opened = saves();
	choke(terminal);
	kill(child, SIGTERM);
	const bool left = ends_within(child, 60000, &status);
	if (!left) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	close(terminal);
	assert_true(opened);
	assert_true(left);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The connection goes: the end of the terminal is the end of the program, in order. */
static void
a_terminal_that_goes_ends_it_in_order(void **state)
{
	(void)state;
	int terminal, status = -1;
	const pid_t child = begin("xterm-256color", &terminal);
	const bool opened = saves();
	close(terminal);
	const bool left = ends_within(child, 60000, &status);
	if (!left) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	assert_true(opened);
	assert_true(left);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Reads what is drawn until it shows `wanted`, half a minute at most; all of it is in `seen` then, a string.
 */
static bool
shows(int terminal, const char *wanted, char *seen, size_t room)
{
	size_t n = strlen(seen);
	struct pollfd p = {.fd = terminal, .events = POLLIN};
	for (int i = 0; i < 1500 && !strstr(seen, wanted) && n + 1 < room; i++) {
		const ssize_t got = poll(&p, 1, 20) == 1 ? read(terminal, seen + n, room - 1 - n) : 0;
		if (got < 0)
			break;
		for (ssize_t c = 0; c < got; c++, n++)
			seen[n] = seen[n] ? seen[n] : ' ';
		seen[n] = '\0';
		wait_ms(20);
	}
	return strstr(seen, wanted) != NULL;
}

/* Whether one of the attributes that are set (ESC [ 1 ; 7 m) is of these. */
static bool
sets(const char *seen, int from, int to)
{
	for (const char *s = seen; (s = strstr(s, "\033["));) {
		const char *end = s + 2 + strspn(s + 2, "0123456789;");
		for (s += 2; s < end; s += strcspn(s, ";m") + 1)
			if (*end == 'm' && atoi(s) >= from && atoi(s) <= to)
				return true;
		s = end;
	}
	return false;
}

static void
a_terminal_without_colours_shows_it_all(void **state)
{
	(void)state;
	static char seen[1 << 18];
	int terminal, status = -1;
	memset(seen, 0, sizeof seen);
	const pid_t child = begin("vt100", &terminal);
	const bool drawn =
	    shows(terminal, "DRUMLIN", seen, sizeof seen) && shows(terminal, "density", seen, sizeof seen) &&
	    shows(terminal, "scenes", seen, sizeof seen) && shows(terminal, "q quit", seen, sizeof seen) &&
	    shows(terminal, "PLAYING", seen, sizeof seen);
	const bool helped =
	    drawn && write(terminal, "?", 1) == 1 && shows(terminal, "panic", seen, sizeof seen);
	const bool left = helped && write(terminal, "q", 1) == 1 && ends_within(child, 60000, &status);
	if (!left) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	close(terminal);
	assert_true(drawn && helped && left);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(sets(seen, 1, 1) && sets(seen, 7, 7)); /* bold, reversed */
	assert_false(sets(seen, 30, 49) || sets(seen, 90, 107));
}

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/display-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
clear_folder(void **state)
{
	(void)state;
	char line[96];
	snprintf(line, sizeof line, "rm -rf %s", folder);
	return system(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_terminal_that_takes_nothing_holds_nothing),
	    cmocka_unit_test(a_terminal_that_goes_ends_it_in_order),
	    cmocka_unit_test(a_terminal_without_colours_shows_it_all),
	};
	return cmocka_run_group_tests(tests, make_folder, clear_folder);
}
