/* Preloaded by make bench where ALSA has no sequencer: drumkv1 0.9.29 does not survive its absence (it reads
 * from a queue that it then has not made). Here it gets one on which nothing ever arrives. */
#include <stddef.h>

int snd_seq_open(void **seq, const char *name, int streams, int mode);
int snd_seq_close(void *seq);
int snd_seq_set_client_name(void *seq, const char *name);
int snd_seq_create_simple_port(void *seq, const char *name, unsigned caps, unsigned type);
int snd_seq_delete_simple_port(void *seq, int port);
int snd_seq_poll_descriptors_count(void *seq, short events);
int snd_seq_poll_descriptors(void *seq, void *fds, unsigned space, short events);
int snd_seq_event_input(void *seq, void **event);
int snd_seq_event_input_pending(void *seq, int fetch);

int
snd_seq_open(void **seq, const char *name, int streams, int mode)
{
	static int queue;
	(void)name;
	(void)streams;
	(void)mode;
	*seq = &queue;
	return 0;
}

int
snd_seq_close(void *seq)
{
	(void)seq;
	return 0;
}

int
snd_seq_set_client_name(void *seq, const char *name)
{
	(void)seq;
	(void)name;
	return 0;
}

int
snd_seq_create_simple_port(void *seq, const char *name, unsigned caps, unsigned type)
{
	(void)seq;
	(void)name;
	(void)caps;
	(void)type;
	return 0;
}

int
snd_seq_delete_simple_port(void *seq, int port)
{
	(void)seq;
	(void)port;
	return 0;
}

int
snd_seq_poll_descriptors_count(void *seq, short events)
{
	(void)seq;
	(void)events;
	return 0;
}

int
snd_seq_poll_descriptors(void *seq, void *fds, unsigned space, short events)
{
	(void)seq;
	(void)fds;
	(void)space;
	(void)events;
	return 0;
}

int
snd_seq_event_input(void *seq, void **event)
{
	(void)seq;
	*event = NULL;
	return -11; /* nothing there */
}

int
snd_seq_event_input_pending(void *seq, int fetch)
{
	(void)seq;
	(void)fetch;
	return 0;
}
