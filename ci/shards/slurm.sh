#!/bin/sh
# One simulation in parts as a Slurm job array, then the report:
#   array=$(sbatch --parsable --array=1-20 ci/shards/slurm.sh day.json parts)
#   sbatch --dependency=afterok:$array --wrap 'rehearse report --format html --output report.html parts/*.json'
# What follows the folder goes to `rehearse simulate operations`. The array has to begin at 1.
#SBATCH --job-name=rehearse
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=01:00:00
set -eu
workload=$1 parts=$2
shift 2
mkdir -p "$parts"
exec "${REHEARSE:-rehearse}" simulate operations "$workload" --quiet --threads 1 \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --output "$parts/$SLURM_ARRAY_TASK_ID.json" "$@"
