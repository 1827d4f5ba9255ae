#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Cuts sequences into clips: dotnet run data-scripts/4-candidates.cs -- DATASET [i/n]

using AniSora.Data.Pipeline;

return StepScript.Run(args, pipeline => pipeline.Candidates);
