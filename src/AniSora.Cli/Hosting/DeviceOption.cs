using System.CommandLine;
using AniSora.Models.Runtime;
using AniSora.Training.Distributed;

namespace AniSora.Cli.Hosting;

/// <summary><c>--device</c>, for every command that runs a model.</summary>
internal static class DeviceOption
{
    /// <summary>Describes the option.</summary>
    public static Option<string> Create() => new("--device")
    {
        Description = "What to compute on: auto (a GPU if libtorch can use one), cpu, cuda (with several processes each takes its own GPU), cuda:N.",
        DefaultValueFactory = _ => Devices.Auto,
    };
}
