#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Measures the clips: dotnet run data-scripts/5-scores.cs -- DATASET [i/n]

using AniSora.Data.Pipeline;

return StepScript.Run(args, pipeline => pipeline.Scores);
