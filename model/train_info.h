/* What training learns about a corpus by counting: styles with their mean density and tempo, and where within
 * an offset bin hits lie. Pure. */
#ifndef DRUMLIN_TRAIN_INFO_H
#define DRUMLIN_TRAIN_INFO_H

#include "model/corpus.h"
#include "model/model_file.h"

/* From the train split alone; what it does not tell (a style without a pattern, an empty bin) is taken from
 * `base`, the model that is trained on, or NULL. With a base the corpus must know its styles by the same
 * indices. Sets all of *info but its config. Errors: DR_USAGE (styles differ from the base's), DR_FAILED. */
dr_status train_info(const corpus *c, const model_info *base, uint64_t seed, model_info *info,
		     dr_error *err) DR_CHECKED;

#endif
