#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Joins what the steps made and selects the training set: dotnet run data-scripts/8-select.cs -- DATASET

using AniSora.Data.Pipeline;

return StepScript.Guard(args, (run, _) =>
{
    var funnel = run.Finish();
    Console.Error.WriteLine($"{funnel.Kept} of {funnel.Candidates} clips kept");
    Console.WriteLine(run.Folder.Index);
});
