namespace AniSora.Jupyter.Tests;

/// <summary>One kernel for tests that leave it as they found it, apart from their variables.</summary>
public sealed class SharedKernel : IDisposable
{
    /// <summary>The kernel.</summary>
    internal KernelProcess Kernel { get; } = new();

    /// <summary>A client that no test closes.</summary>
    internal KernelClient Client { get; }

    /// <summary>Starts the kernel and connects.</summary>
    public SharedKernel() => Client = new KernelClient(Kernel.ConnectionFile);

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        Kernel.Dispose();
    }
}

/// <summary>Tests of this collection share one kernel, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedKernelTests : ICollectionFixture<SharedKernel>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "shared kernel";
}
