#include "tests/osc_rig.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* By which it would send to somebody far away. */
static bool
find_address(char text[64])
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201)};
	socklen_t size = sizeof a;
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	const bool found = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
			   getsockname(fd, (struct sockaddr *)&a, &size) == 0 &&
			   inet_ntop(AF_INET, &a.sin_addr, text, 64);
	close(fd);
	return found && strncmp(text, "127.", 4) != 0;
}

static bool
set_on_loopback(const char *alias, unsigned long request, uint32_t address)
{
	struct ifreq r = {0};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", alias);
	if (request == SIOCSIFFLAGS)
		r.ifr_flags = IFF_UP | IFF_RUNNING;
	else
		memcpy(&r.ifr_addr, &a, sizeof a);
	const bool done = ioctl(fd, request, &r) == 0;
	close(fd);
	return done;
}

/* As often as it is asked, one network. */
bool
osc_rig_own_address(char text[64])
{
	static bool made;
	if (!made && find_address(text))
		return true;
	if (!made && unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	made = true;
	snprintf(text, 64, "192.0.2.9");
	return set_on_loopback("lo", SIOCSIFFLAGS, 0) && set_on_loopback("lo:1", SIOCSIFADDR, 0xc0000209) &&
	       set_on_loopback("lo:1", SIOCSIFNETMASK, 0xffffffff);
}

void
osc_rig_ms(int n)
{
	const struct timespec pause = {n / 1000, n % 1000 * 1000000l};
	nanosleep(&pause, NULL);
}

static int
hear(const char *path, const char *types, lo_arg **argv, int argc, lo_message m, void *user)
{
	osc_tablet *t = user;
	char line[OSC_RIG_TEXT];
	int used = snprintf(line, sizeof line, "%s", path);
	(void)m;
	for (int i = 0; i < argc && used < OSC_RIG_TEXT - 32; i++) {
		float f;
		int32_t number;
		memcpy(&f, argv[i], 4);
		memcpy(&number, argv[i], 4);
		if (types[i] == 'f')
			used += snprintf(line + used, OSC_RIG_TEXT - (size_t)used, " %.3f", (double)f);
		else if (types[i] == 'i')
			used += snprintf(line + used, OSC_RIG_TEXT - (size_t)used, " %d", number);
		else if (types[i] == 's')
			used += snprintf(line + used, OSC_RIG_TEXT - (size_t)used, " %.40s",
					 (const char *)argv[i]);
	}
	pthread_mutex_lock(&t->lock);
	if (t->n < OSC_RIG_HEARD)
		memcpy(t->heard[t->n++], line, sizeof line);
	pthread_mutex_unlock(&t->lock);
	return 0;
}

int
osc_rig_heard(osc_tablet *t, const char *line)
{
	const size_t length = strlen(line);
	const bool begins = length > 0 && (line[length - 1] == ' ' || line[length - 1] == '/');
	int n = 0;
	pthread_mutex_lock(&t->lock);
	for (int i = 0; i < t->n; i++)
		n += begins ? strncmp(t->heard[i], line, length) == 0 : strcmp(t->heard[i], line) == 0;
	pthread_mutex_unlock(&t->lock);
	return n;
}

bool
osc_rig_hears(osc_tablet *t, const char *line)
{
	for (int i = 0; i < 2000 && osc_rig_heard(t, line) == 0; i++)
		osc_rig_ms(1);
	if (osc_rig_heard(t, line) == 0)
		print_message("not heard: %s\n", line);
	return osc_rig_heard(t, line) > 0;
}

int
osc_rig_count(osc_tablet *t)
{
	pthread_mutex_lock(&t->lock);
	const int n = t->n;
	pthread_mutex_unlock(&t->lock);
	return n;
}

void
osc_rig_forget(osc_tablet *t)
{
	pthread_mutex_lock(&t->lock);
	t->n = 0;
	pthread_mutex_unlock(&t->lock);
}

bool
osc_rig_becomes(const osc_rig *r, int slot, float value)
{
	for (int i = 0; i < 2000; i++) {
		if (fabsf(params_get(&r->play->params, slot) - value) < 1e-4f)
			return true;
		osc_rig_ms(1);
	}
	return false;
}

bool
osc_rig_cell_becomes(const osc_rig *r, int index, cell c)
{
	for (int i = 0; i < 2000; i++) {
		if (cell_pack(params_cell(&r->play->params, index)) == cell_pack(c))
			return true;
		osc_rig_ms(1);
	}
	return false;
}

bool
osc_rig_counted(_Atomic uint32_t *counter, uint32_t value)
{
	for (int i = 0; i < 2000 && atomic_load(counter) < value; i++)
		osc_rig_ms(1);
	return atomic_load(counter) == value;
}

void
osc_rig_open(osc_rig *r, const osc_options *o)
{
	char port[16];
	r->play = rig_new(true);
	control_init(&r->control, &r->play->params, r->play->engine);
	assert_ok(osc_server_start(&r->control, o, &r->osc, &test_error));
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	r->to = lo_address_new("127.0.0.1", port);
	for (int i = 0; i < 2; i++) {
		osc_tablet *t = &r->tablet[i];
		pthread_mutex_init(&t->lock, NULL);
		t->thread = lo_server_thread_new(NULL, NULL);
		lo_server_thread_add_method(t->thread, NULL, NULL, hear, t);
		lo_server_thread_start(t->thread);
		t->from = lo_server_thread_get_server(t->thread);
	}
}

int
osc_rig_set_up(void **state)
{
	osc_rig *r = calloc(1, sizeof *r);
	osc_rig_open(r, &(osc_options){.port = 0});
	*state = r;
	return 0;
}

void
osc_rig_close(osc_rig *r)
{
	osc_server_stop(r->osc);
	for (int i = 0; i < 2; i++)
		if (r->tablet[i].thread)
			lo_server_thread_free(r->tablet[i].thread);
	lo_address_free(r->to);
	rig_free(r->play);
	control_destroy(&r->control);
	free(r);
}

int
osc_rig_tear_down(void **state)
{
	osc_rig_close(*state);
	return 0;
}
