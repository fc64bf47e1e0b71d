#include "app/play_options.h"

#include <string.h>

enum {
	OPTION_BACKEND = OPTION_OWN,
	OPTION_OSC_PORT,
	OPTION_OSC_BIND,
	OPTION_OSC_ALLOW,
	OPTION_OSC_TOKEN,
	OPTION_START,
	OPTION_PLAIN,
	OPTION_NO_CONNECT,
	OPTION_MIDI_OUT,
	OPTION_MAP,
	OPTION_SESSION,
	OPTION_RECORD_TO,
	OPTION_DEVICE,
	OPTION_RATE,
	OPTION_HELP
};

void
play_options_help(FILE *to)
{
	fputs("Usage: drumlin [play] [options]\n"
	      "Plays; OSC, MIDI and the keys control it (? shows them).\n\n"
	      "  --backend        auto|jack|alsa|none    what plays; auto takes the first that is there\n"
	      "  --start                                 begins to play at once\n"
	      "  --osc-port       PORT (9770)            UDP and TCP\n"
	      "  --osc-bind       ADDRESS (127.0.0.1)    listen on a network; 0.0.0.0 for all\n"
	      "  --osc-allow      ADDRESS[/BITS]         hears that sender or network alone; up to 16 times\n"
	      "  --osc-token      SECRET                 others than this machine must send it first\n"
	      "  --midi-out       NAME                   sends notes and clock to ALSA's ports of that name; "
	      "all\n"
	      "  --map            NAME or FILE           a controller's map; may repeat\n"
	      "  --no-connect                            leaves the JACK ports unconnected\n"
	      "  --device         NAME (default)         ALSA's device, as aplay -L lists them\n"
	      "  --rate           HZ (48000)             for ALSA and silence\n"
	      "  --session        FILE                   goes on with a saved session and keeps it; last: "
	      "the last one\n"
	      "  --record-to      FOLDER                 where recordings go\n"
	      "  --plain                                 lines instead of the full screen\n",
	      to);
	options_help(to);
	fputs("\nOther commands: render, train, eval, kit, layout, controls, backends (each has --help); "
	      "--version.\n",
	      to);
}

static dr_status
take_own(play_options *o, int val, char **argv, dr_error *err)
{
	double value;
	dr_status status = DR_OK;
	switch (val) {
	case OPTION_BACKEND: return backend_parse(optarg, &o->backend, err);
	case OPTION_OSC_PORT:
		status = options_number("osc-port", optarg, 0, 65535, &value, err);
		o->osc_port = status == DR_OK ? (int)value : 0;
		return status;
	case OPTION_RATE:
		status = options_number("rate", optarg, 8000, 192000, &value, err);
		o->rate = status == DR_OK ? (uint32_t)value : 0;
		return status;
	case OPTION_OSC_BIND: o->osc_bind = optarg; return DR_OK;
	case OPTION_OSC_ALLOW:
		if (o->n_osc_allow >= (int)(sizeof o->osc_allow / sizeof *o->osc_allow))
			return error_set(err, DR_USAGE, "--osc-allow %s: no more than 16 of them", optarg);
		o->osc_allow[o->n_osc_allow++] = optarg;
		return DR_OK;
	case OPTION_OSC_TOKEN:
		if (strlen(optarg) < 4 || strlen(optarg) > 63 || strpbrk(optarg, " #*,/?[]{}"))
			return error_set(err, DR_USAGE,
					 "--osc-token: 4 to 63 characters, none of them a space or one of # "
					 "* , / ? [ ] { }");
		o->osc_token = optarg;
		return DR_OK;
	case OPTION_DEVICE: o->device = optarg; return DR_OK;
	case OPTION_START: o->start = true; return DR_OK;
	case OPTION_PLAIN: o->plain = true; return DR_OK;
	case OPTION_NO_CONNECT: o->connect = false; return DR_OK;
	case OPTION_SESSION: o->session = optarg; return DR_OK;
	case OPTION_RECORD_TO: o->record_to = optarg; return DR_OK;
	case OPTION_MIDI_OUT: o->midi_out = optarg; return DR_OK;
	case OPTION_MAP:
		if (o->n_maps == MAPS_GIVEN)
			return error_set(err, DR_USAGE, "--map %s: more than %d maps", optarg, MAPS_GIVEN);
		o->map[o->n_maps++] = optarg;
		return DR_OK;
	case OPTION_HELP:
	case 'h': o->help = true; return DR_OK;
	default: return options_fault(val, argv, err);
	}
}

dr_status
play_options_parse(play_options *o, int argc, char **argv, dr_error *err)
{
	static const struct option own[] = {{"backend", required_argument, NULL, OPTION_BACKEND},
					    {"osc-port", required_argument, NULL, OPTION_OSC_PORT},
					    {"osc-bind", required_argument, NULL, OPTION_OSC_BIND},
					    {"osc-allow", required_argument, NULL, OPTION_OSC_ALLOW},
					    {"osc-token", required_argument, NULL, OPTION_OSC_TOKEN},
					    {"device", required_argument, NULL, OPTION_DEVICE},
					    {"rate", required_argument, NULL, OPTION_RATE},
					    {"start", no_argument, NULL, OPTION_START},
					    {"plain", no_argument, NULL, OPTION_PLAIN},
					    {"no-connect", no_argument, NULL, OPTION_NO_CONNECT},
					    {"session", required_argument, NULL, OPTION_SESSION},
					    {"record-to", required_argument, NULL, OPTION_RECORD_TO},
					    {"midi-out", required_argument, NULL, OPTION_MIDI_OUT},
					    {"map", required_argument, NULL, OPTION_MAP},
					    {"help", no_argument, NULL, OPTION_HELP},
					    {NULL, 0, NULL, 0}};
	struct option all[OPTIONS_MAX];
	bool taken;
	dr_status status = DR_OK;
	options_build(own, all);
	*o = (play_options){.osc_port = 9770, .connect = true};
	optind = 0; /* begins anew, whatever an earlier parse has left */
	opterr = 0;
	for (int val; status == DR_OK && (val = getopt_long(argc, argv, ":h", all, NULL)) != -1;) {
		status = options_take(&o->music, val, optarg, &taken, err);
		if (!taken)
			status = take_own(o, val, argv, err);
	}
	if (status == DR_OK && optind < argc)
		status = error_set(err, DR_USAGE, "unexpected argument %s", argv[optind]);
	return status;
}
