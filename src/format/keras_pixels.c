/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a model says of the pixels that it wants, beside its layers' arithmetic. */
#include <string.h>

#include "format/keras_build.h"

/* keras.applications' own preprocess_input, by the names that its models have; what stands in none of these rows is
 * trained with tf's, or scales pixels itself. */
static const struct {
  const char *name;
  GbpPreprocess preprocess;
} applications[] = {
    {"vgg16", GBP_PREPROCESS_CAFFE},
    {"vgg19", GBP_PREPROCESS_CAFFE},
    {"resnet50", GBP_PREPROCESS_CAFFE},
    {"resnet101", GBP_PREPROCESS_CAFFE},
    {"resnet152", GBP_PREPROCESS_CAFFE},
    {"densenet121", GBP_PREPROCESS_TORCH},
    {"densenet169", GBP_PREPROCESS_TORCH},
    {"densenet201", GBP_PREPROCESS_TORCH},
};

/* A name may have a number behind it, by which Keras tells models apart. */
static GbpPreprocess
find_application (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (applications); i++) {
    gsize length = strlen (applications[i].name);

    if (strncmp (name, applications[i].name, length) == 0
        && (name[length] == '\0' || name[length] == '_'))
      return applications[i].preprocess;
  }
  return GBP_PREPROCESS_AUTO;
}

/* Comes to itself as deep as models are nested. */
GbpPreprocess
gbp_keras_find_preprocess (const GbpKerasModel *model)
{
  const char *name = model->config != NULL ? gbp_json_get_string (model->config, "name") : NULL;
  GbpPreprocess found = name != NULL ? find_application (name) : GBP_PREPROCESS_AUTO;

  for (guint i = 0; i < model->layers->len && found == GBP_PREPROCESS_AUTO; i++) {
    const GbpKerasLayer *layer = model->layers->pdata[i];

    if (layer->model != NULL)
      found = gbp_keras_find_preprocess (layer->model);
  }
  return found;
}

/* Comes to itself as deep as models are nested. */
void
gbp_keras_find_resizing (const GbpKerasModel *model, GbpShape *shape)
{
  for (guint i = 0; i < model->layers->len && (shape->height == 0 || shape->width == 0); i++) {
    const GbpKerasLayer *layer = model->layers->pdata[i];
    double height, width;

    if (layer->model != NULL)
      gbp_keras_find_resizing (layer->model, shape);
    else if (strcmp (layer->class_name, "Resizing") == 0) {
      height = gbp_json_get_number (layer->config, "height", 0);
      width = gbp_json_get_number (layer->config, "width", 0);
      if (shape->height == 0 && height >= 1 && height <= G_MAXINT)
        shape->height = (guint) height;
      if (shape->width == 0 && width >= 1 && width <= G_MAXINT)
        shape->width = (guint) width;
      return;
    }
  }
}
