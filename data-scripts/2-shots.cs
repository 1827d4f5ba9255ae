#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Cuts films into shots: dotnet run data-scripts/2-shots.cs -- DATASET [i/n]

using AniSora.Data.Pipeline;

return StepScript.Run(args, pipeline => pipeline.Shots);
