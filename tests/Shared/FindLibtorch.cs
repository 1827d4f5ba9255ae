using System.Runtime.CompilerServices;
using AniSora.Models.Runtime;

namespace AniSora.Tests;

/// <summary>A test may touch TorchSharp before any class of the models: whichever runs first, it finds libtorch.</summary>
internal static class FindLibtorch
{
    [ModuleInitializer]
    internal static void Register() => TorchLibrary.Register();
}
