/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How the rows of the table explain. */
#include <string.h>

#include "methods.h"
#include "metrics.h"

#define SIZE      GBP_SCENE_SIZE
#define N_VALUES  (3 * GBP_HONEST_PIXELS)
#define N_SAMPLES 16
#define NOISE     0.15

void
gbp_explain_by_library (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GError) error = NULL;

  target.layer = question->layer;
  target.method = method->method;
  if (question->layer != NULL)
    target.channel = question->channel;
  else
    target.class_index = question->channel;
  if (!gbp_explanation_set_target (explainer->explanation, &target, &error))
    g_error ("%s", error->message);
  gbp_explanation_compute (explainer->explanation, question->rgb, question->stride, gradient, NULL);
}

/* Value @i of the picture, as if its rows were packed. */
static int
get_value (const GbpQuestion *question, guint i)
{
  return question->rgb[i / (3 * SIZE) * question->stride + i % (3 * SIZE)];
}

static void
multiply_by_values (const GbpQuestion *question, float *gradient)
{
  for (guint i = 0; i < N_VALUES; i++)
    gradient[i] *= (float) get_value (question, i);
}

void
gbp_explain_by_product (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  gbp_explain_by_library (explainer, method, question, gradient);
  multiply_by_values (question, gradient);
}

/* Of samples of the picture.
 * @sample: (out): packed; @number: 0 … N_SAMPLES − 1 */
static void
average (GbpExplainer *explainer, const GbpHonestMethod *method, const GbpQuestion *question,
    void (*make_sample) (const GbpQuestion *question, guint number, guint8 *sample),
    float *gradient)
{
  g_autofree guint8 *sample = g_new (guint8, N_VALUES);
  g_autofree float *one = g_new (float, N_VALUES);
  GbpQuestion asked = *question;

  asked.rgb = sample;
  asked.stride = 3 * SIZE;
  memset (gradient, 0, N_VALUES * sizeof *gradient);
  for (guint number = 0; number < N_SAMPLES; number++) {
    make_sample (question, number, sample);
    gbp_explain_by_library (explainer, method, &asked, one);
    for (guint i = 0; i < N_VALUES; i++)
      gradient[i] += one[i] / N_SAMPLES;
  }
}

/* The sum of twelve even numbers, less its mean: a deviation of 1, as good as Gaussian, and alike on every machine. */
static double
draw_normal (guint32 *state)
{
  double sum = -6;

  for (guint i = 0; i < 12; i++)
    sum += gbp_honest_random (state) / (double) (1 << 24);
  return sum;
}

static guint32
seed_by_picture (const GbpQuestion *question)
{
  guint32 state = 1;

  for (guint i = 0; i < 3 * SIZE; i++)
    state = state * 31 + question->rgb[i];
  return state;
}

static void
add_noise (const GbpQuestion *question, guint number, guint8 *sample)
{
  int least = G_MAXUINT8, most = 0;
  guint32 state = seed_by_picture (question) + number;

  for (guint i = 0; i < N_VALUES; i++) {
    least = MIN (least, get_value (question, i));
    most = MAX (most, get_value (question, i));
  }
  for (guint i = 0; i < N_VALUES; i++) {
    double value = get_value (question, i) + NOISE * (most - least) * draw_normal (&state);

    sample[i] = (guint8) CLAMP (value + 0.5, 0, G_MAXUINT8);
  }
}

void
gbp_explain_by_noise (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  average (explainer, method, question, add_noise, gradient);
}

static void
go_along_path (const GbpQuestion *question, guint number, guint8 *sample)
{
  for (guint i = 0; i < N_VALUES; i++)
    sample[i] = (guint8) ((number + 0.5) / N_SAMPLES * get_value (question, i) + 0.5);
}

void
gbp_explain_by_path (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  average (explainer, method, question, go_along_path, gradient);
  multiply_by_values (question, gradient);
}

/* All three channels alike. */
static void
spread (float value, float *pixel)
{
  pixel[0] = pixel[1] = pixel[2] = value;
}

void
gbp_explain_by_edges (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  g_autofree float *edges = g_new (float, GBP_HONEST_PIXELS);

  gbp_sobel_edges (question->rgb, question->stride, SIZE, SIZE, edges);
  for (guint i = 0; i < GBP_HONEST_PIXELS; i++)
    spread (edges[i], gradient + 3 * i);
}

void
gbp_explain_by_chance (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient)
{
  guint32 state = seed_by_picture (question);

  for (guint i = 0; i < GBP_HONEST_PIXELS; i++)
    spread ((float) gbp_honest_random (&state), gradient + 3 * i);
}
