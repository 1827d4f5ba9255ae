#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Makes foreground and motion masks: dotnet run data-scripts/6-masks.cs -- DATASET [i/n]

using AniSora.Data.Pipeline;

return StepScript.Run(args, pipeline => pipeline.Masks);
