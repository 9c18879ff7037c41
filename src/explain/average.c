/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/average.h"

#include <string.h>

#include "explain/noise.h"
#include "explain/run.h"
#include "kernel/memory.h"
#include "network/demand.h"

/* A thread that computes one image while others compute others.
 * @team: of this thread alone
 * @map: [height][width][3]; @cam: one for each pixel of the inner layer
 * @n_ready: one more than the sample that the workplace's pixels are; 0: none */
typedef struct {
  GbpTeam *team;
  GbpWorkplace workplace;
  float *map;
  float *cam;
  guint n_ready;
} Member;

/* @map_sums: [n_values]; @cam_sums: [n_cam]: of the maps that have been added */
struct _GbpAverage {
  gsize n_values;
  gsize n_cam;
  double *map_sums;
  double *cam_sums;
  guint n_members;
  Member members[];
};

/* One average: image i is step i % n_steps on the way to sample i / n_steps.
 * @noise: its deviation is of all samples
 * @end: of the images that members take
 * @next: the first that nobody has taken; @turn: the first that is not in the sums: both under the lock */
typedef struct {
  const GbpExplanation *explanation;
  GbpAverage *average;
  const guint8 *rgb;
  gsize stride;
  int channel;
  GbpNoise noise;
  guint n_samples;
  guint n_steps;
  guint end;
  guint next;
  guint turn;
  GMutex lock;
  GCond turn_has_passed;
} Job;

static guint
count_steps (const GbpSelection *selection)
{
  return gbp_method_get (selection->method)->is_integrated ? selection->steps : 1;
}

gboolean
gbp_average_is_wanted (const GbpSelection *selection)
{
  return selection->samples > 1 || gbp_method_get (selection->method)->is_integrated;
}

guint
gbp_average_count_members (const GbpSelection *selection, const GbpTeam *team, gsize n_bytes)
{
  gsize n_fitting = GBP_DEMAND_MAX_FRAME / MAX (n_bytes, 1);
  guint n_images = selection->samples * count_steps (selection);

  return (guint) MIN (n_fitting, MIN (gbp_team_get_size (team), n_images));
}

static gboolean
init_member (Member *member, const GbpAverage *average, GbpNetwork *network,
    const GbpSelection *selection, GbpTeam *planner)
{
  member->team = gbp_team_new (1);
  member->map = gbp_memory_new (average->n_values, sizeof *member->map);
  member->cam = gbp_memory_new (average->n_cam, sizeof *member->cam);
  return member->team != NULL && member->map != NULL && member->cam != NULL
         && gbp_workplace_init (
             &member->workplace, network, selection, member->team, planner, NULL);
}

static void
clear_member (Member *member)
{
  gbp_workplace_clear (&member->workplace);
  g_clear_pointer (&member->team, gbp_team_free);
  gbp_memory_free (member->map);
  gbp_memory_free (member->cam);
}

/* Of the average's size, without members. */
static GbpAverage *
new_sums (GbpNetwork *network, const GbpSelection *selection, guint n_members)
{
  const GbpShape *input = gbp_graph_get_shape (gbp_network_get_graph (network), 0);
  g_autoptr (GbpAverage) average =
      gbp_memory_new (1, sizeof *average + n_members * sizeof *average->members);
  guint n_layers;

  if (average == NULL)
    return NULL;
  average->n_values = 3 * (gsize) input->height * input->width;
  if (selection->inner >= 0) {
    const GbpLayer *inner = &gbp_network_get_layers (network, &n_layers)[selection->inner];

    average->n_cam = (gsize) inner->height * inner->width;
  }
  average->map_sums = gbp_memory_new (average->n_values, sizeof *average->map_sums);
  average->cam_sums = gbp_memory_new (average->n_cam, sizeof *average->cam_sums);
  if (average->map_sums == NULL || average->cam_sums == NULL)
    return NULL;
  return g_steal_pointer (&average);
}

GbpAverage *
gbp_average_new (GbpNetwork *network, const GbpSelection *selection, GbpTeam *team, guint n_members)
{
  GbpAverage *average = new_sums (network, selection, n_members);

  if (average == NULL || n_members < 2)
    return average;
  while (average->n_members < n_members) {
    Member *member = &average->members[average->n_members];

    if (!init_member (member, average, network, selection, team)) {
      clear_member (member);
      break;
    }
    average->n_members++;
  }
  return average;
}

void
gbp_average_free (GbpAverage *average)
{
  for (guint i = 0; i < average->n_members; i++)
    clear_member (&average->members[i]);
  gbp_memory_free (average->map_sums);
  gbp_memory_free (average->cam_sums);
  gbp_memory_free (average);
}

/* @n_ready: (inout): one more than the sample that the pixels are */
static void
make_sample (const Job *job, GbpRun *run, guint sample, guint *n_ready)
{
  GbpNoise noise = job->noise;

  if (*n_ready == sample + 1)
    return;
  gbp_run_copy_pixels (run, job->rgb, job->stride);
  noise.sample = sample;
  if (job->n_samples > 1)
    gbp_noise_add (&noise, run->passes.team, run->workplace->pixels, job->average->n_values);
  *n_ready = sample + 1;
}

/* The map of one image; of an integral by the midpoint rule.
 * @map: (out) */
static void
compute_image (const Job *job, GbpRun *run, guint image, guint *n_ready, float *map)
{
  GbpPath path = {job->explanation->selection.baseline, 1};

  make_sample (job, run, image / job->n_steps, n_ready);
  if (run->method->is_integrated)
    path.share = (image % job->n_steps + 0.5) / job->n_steps;
  gbp_run_forward (run, &path, job->n_samples > 1 ? NULL : job->rgb, job->stride);
  gbp_run_backward (run, map);
}

/* An integral's map is multiplied by what the pixels differ by from the baseline. */
static void
add_map (const Job *job, const GbpRun *run, const float *map)
{
  GbpAverage *average = job->average;
  const float *pixels = run->workplace->pixels;
  double baseline = job->explanation->selection.baseline;

  for (gsize i = 0; i < average->n_values; i++)
    average->map_sums[i] += run->method->is_integrated ? map[i] * (pixels[i] - baseline) : map[i];
  for (gsize i = 0; i < average->n_cam; i++)
    average->cam_sums[i] += run->cam[i];
}

/* What has been taken is computed, so that nobody waits for its turn in vain. */
static gboolean
is_stopped (const Job *job)
{
  const GbpExplanation *explanation = job->explanation;

  return explanation->is_stopped != NULL && explanation->is_stopped (explanation->stop_data);
}

/* Returns: an image that nobody has taken; FALSE: there is none left, or none is wanted any more */
static gboolean
take_image (Job *job, guint *image)
{
  gboolean is_wanted = !is_stopped (job), is_there;

  g_mutex_lock (&job->lock);
  is_there = is_wanted && job->next < job->end;
  if (is_there)
    *image = job->next++;
  g_mutex_unlock (&job->lock);
  return is_there;
}

static void
add_in_turn (Job *job, const GbpRun *run, guint image, const float *map)
{
  g_mutex_lock (&job->lock);
  while (job->turn != image)
    g_cond_wait (&job->turn_has_passed, &job->lock);
  g_mutex_unlock (&job->lock);
  add_map (job, run, map);
  g_mutex_lock (&job->lock);
  job->turn++;
  g_cond_broadcast (&job->turn_has_passed);
  g_mutex_unlock (&job->lock);
}

/* A member's work. It has memory before it takes an image: who waits for the turn of another then never waits for one
 * who waits for memory. Between images others may have it. */
static void
compute_images (gpointer data, guint part, guint worker)
{
  Job *job = data;
  Member *member = &job->average->members[worker];
  GbpRun run;
  guint image;
  gboolean is_there;

  gbp_run_init (&run, job->explanation, &member->workplace, member->cam);
  run.channel = job->channel;
  do {
    gbp_workplace_enter (&member->workplace);
    is_there = take_image (job, &image);
    if (is_there) {
      compute_image (job, &run, image, &member->n_ready, member->map);
      add_in_turn (job, &run, image, member->map);
    }
    gbp_workplace_leave (&member->workplace);
  } while (is_there);
}

/* How many images @n members compute, each as many as the others. What is left over is computed by all threads
 * together, of whose work on one image about a tenth is not divided, or once more side by side where that is faster. */
static guint
count_shared (guint n_images, guint n)
{
  guint rest;

  if (n < 2)
    return 0;
  rest = n_images % n;
  return rest * (n + 9) > 10 * n ? n_images : n_images - rest;
}

static void
compute_beside_each_other (Job *job, guint n_images)
{
  GbpAverage *average = job->average;
  GbpTeam *team = job->explanation->own.team;

  gbp_team_begin (team);
  job->end = count_shared (n_images, MIN (gbp_team_get_n_members (team), average->n_members));
  for (guint i = 0; i < average->n_members; i++)
    average->members[i].n_ready = 0;
  if (job->end > 0)
    gbp_team_run (team, compute_images, job, average->n_members);
  gbp_team_end (team);
}

/* Each by all threads.
 * @map: scratch */
static void
compute_rest (Job *job, GbpWorkplace *workplace, float *cam, guint n_images, float *map)
{
  GbpRun run;
  guint n_ready = 0;

  gbp_run_init (&run, job->explanation, workplace, cam);
  run.channel = job->channel;
  gbp_workplace_enter (workplace);
  for (guint image = job->end; image < n_images && !is_stopped (job); image++) {
    compute_image (job, &run, image, &n_ready, map);
    add_map (job, &run, map);
  }
  gbp_workplace_leave (workplace);
}

/* What is the same for all images. */
static void
begin_job (Job *job, const GbpRun *run)
{
  const GbpSelection *selection = &job->explanation->selection;
  GbpAverage *average = job->average;

  g_mutex_init (&job->lock);
  g_cond_init (&job->turn_has_passed);
  memset (average->map_sums, 0, average->n_values * sizeof *average->map_sums);
  memset (average->cam_sums, 0, average->n_cam * sizeof *average->cam_sums);
  job->noise.seed = job->explanation->seed;
  job->noise.deviation = selection->noise * gbp_run_copy_pixels (run, job->rgb, job->stride);
  job->n_samples = job->noise.deviation > 0 ? selection->samples : 1;
  job->n_steps = count_steps (selection);
}

static void
end_job (Job *job, guint n_images, float *cam, float *map)
{
  const GbpAverage *average = job->average;

  for (gsize i = 0; i < average->n_values; i++)
    map[i] = (float) (average->map_sums[i] / n_images);
  for (gsize i = 0; i < average->n_cam; i++)
    cam[i] = (float) (average->cam_sums[i] / n_images);
  g_mutex_clear (&job->lock);
  g_cond_clear (&job->turn_has_passed);
}

void
gbp_average_compute (
    GbpExplanation *explanation, const guint8 *rgb, gsize stride, int channel, float *map)
{
  float *cam = explanation->outcome->cam;
  Job job = {
      .explanation = explanation,
      .average = explanation->average,
      .rgb = rgb,
      .stride = stride,
      .channel = channel,
  };
  GbpRun run;
  guint n_images;

  gbp_run_init (&run, explanation, &explanation->own, cam);
  begin_job (&job, &run);
  n_images = job.n_samples * job.n_steps;
  compute_beside_each_other (&job, n_images);
  if (job.end < n_images)
    compute_rest (&job, &explanation->own, cam, n_images, map);
  end_job (&job, n_images, cam, map);
}
