#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Decodes shots into frame shards: dotnet run data-scripts/3-sequences.cs -- DATASET [i/n]

using AniSora.Data.Pipeline;

return StepScript.Run(args, pipeline => pipeline.Sequences);
