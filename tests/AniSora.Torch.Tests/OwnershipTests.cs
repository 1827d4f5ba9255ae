using System.Runtime.CompilerServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch.Tests;

/// <summary>Not parallel with other tests: they count objects and memory of the whole process.</summary>
[CollectionDefinition(nameof(OwnershipTests), DisableParallelization = true)]
public class OwnershipCollection;

[Collection(nameof(OwnershipTests))]
public class OwnershipTests
{
    public OwnershipTests()
    {
        // What earlier tests forgot is collected now and not while we count.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static long ResidentMegabytes()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
        return 0;
    }

    [Fact]
    public void Scopes_dispose_what_is_not_moved_out()
    {
        var before = Tensor.TotalCount;
        Tensor kept, detached, inner, outer;
        using (var scope = NewDisposeScope())
        {
            inner = zeros(1);
            using (NewDisposeScope())
            {
                kept = zeros(2).MoveToOuterDisposeScope();
                detached = zeros(3).DetachFromDisposeScope();
                inner = zeros(4);
            }
            Assert.True(inner.IsInvalid);
            Assert.False(kept.IsInvalid);
            Assert.Equal(2, scope.DisposablesCount);
            Assert.True(scope.Contains(kept));
            outer = zeros(5);
            scope.MoveToOuter(outer);
            Assert.Same(kept, scope.DisposeEverythingBut(kept));
            Assert.Equal(1, scope.DisposablesCount);
            Assert.Same(scope, CurrentDisposeScope);
        }
        Assert.True(kept.IsInvalid);
        Assert.False(detached.IsInvalid);
        Assert.False(outer.IsInvalid);
        Assert.Null(CurrentDisposeScope);
        detached.Dispose();
        detached.Dispose();
        outer.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Equal(3, WrappedTensorDisposeScope(() => zeros(2) + zeros(3, 2)).shape[0]);
    }

    [Fact]
    public void Scopes_take_other_disposables_and_forget_what_was_disposed_early()
    {
        var stream = new MemoryStream();
        using (var scope = NewDisposeScope())
        {
            scope.Attach(stream);
            Assert.True(scope.Contains(stream));
            for (var i = 0; i < 2000; i++)
            {
                var first = zeros(1);
                zeros(1);
                first.Dispose();
            }
            Assert.Equal(2001, scope.DisposablesCount);
            Assert.Equal(2001, scope.DisposablesView.Count);
        }
        Assert.False(stream.CanRead);
    }

    [Fact]
    public void A_forgotten_inner_scope_does_not_stay_current()
    {
        using (NewDisposeScope())
            _ = NewDisposeScope();
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var x = zeros(2);
        x.Dispose();
        Assert.Contains("disposed", Assert.Throws<ObjectDisposedException>(() => x + 1).Message);
        Assert.Throws<ObjectDisposedException>(() => x.shape);
        Assert.Equal("disposed tensor", x.ToString());
    }

    [Fact]
    public void Views_and_aliases_share_memory_and_own_their_reference()
    {
        using var x = zeros(4);
        using var alias = x.alias();
        Assert.Equal(x.Handle, alias.Handle);
        Assert.Equal(2, NativeMethods.ani_references(x.Handle));
        var view = x[1..3];
        view.fill_(5);
        view.Dispose();
        Numeric.Close([0, 5, 5, 0], alias);
    }

    [Fact]
    public void Ten_thousand_operations_leave_nothing_behind()
    {
        using var x = ones(64, 64);
        using var w = ones(64, 64).requires_grad_();
        void Work(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var scope = NewDisposeScope();
                var y = (x.matmul(w) + 1).relu();
                y.chunk(2)[0].mean().backward();
                w.grad = null;
            }
        }

        Work(200);
        var (objects, kib, resident) = (Tensor.TotalCount, TorchRuntime.HeldKib, ResidentMegabytes());
        Work(1500);
        Assert.Equal(objects, Tensor.TotalCount);
        Assert.Equal(kib, TorchRuntime.HeldKib);
        Assert.InRange(ResidentMegabytes() - resident, long.MinValue, 30);
    }

    [Fact]
    public void Forgotten_tensors_cost_memory_for_a_moment_only()
    {
        Forget(100);
        var resident = ResidentMegabytes();
        Forget(600);
        // 2.4 GB were forgotten. A collection comes at the latest when 256 MB more than before have gathered.
        Assert.InRange(ResidentMegabytes() - resident, long.MinValue, 500);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(TorchRuntime.HeldKib, 0, 300 * 1024);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(int count)
        {
            for (var i = 0; i < count; i++)
                _ = zeros(1024, 1024);
        }
    }

    [Fact]
    public void Results_are_not_finalised_while_an_operator_uses_them()
    {
        var stop = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (var i = 0; i < 300; i++)
                // Nothing refers to the operands but the call itself.
                Assert.Equal(256, (ones(16, 16) * ones(16, 16)).sum().item<float>());
        }
        finally
        {
            Volatile.Write(ref stop, true);
            collector.Join();
        }
    }

    [Fact]
    public void Memory_lent_by_the_caller_is_released_with_the_last_view()
    {
        var released = 0;
        var array = new float[] { 1, 2, 3, 4 };
        unsafe
        {
            fixed (float* pointer = array)
            {
                var x = TensorMemory.Wrap((nint)pointer, [2, 2], float32, () => released++);
                Assert.Equal((nint)pointer, x.data_ptr());
                var view = x[1];
                x.mul_(10);
                x.Dispose();
                Assert.Equal(0, released);
                Numeric.Close([30, 40], view);
                view.Dispose();
                Assert.Equal(1, released);
            }
        }
        Assert.Equal([10, 20, 30, 40], array);
    }

    [Fact]
    public void Managed_arrays_are_shared_or_copied()
    {
        var array = new float[] { 1, 2, 3, 4 };
        using (var shared = TensorMemory.Wrap<float>(array, 2, 2))
        {
            GC.Collect();
            array[0] = 9;
            Assert.Equal(9, shared[0, 0].item<float>());
        }
        using var copy = TensorMemory.Copy<float>(array, 4);
        array[0] = 1;
        Assert.Equal(9, copy[0].item<float>());
        Assert.Throws<ArgumentException>(() => TensorMemory.Wrap<float>(array, 3));
        Assert.Throws<ArgumentException>(() => TensorMemory.CopyBytes(new byte[3], [1], float32));
        Assert.Throws<ArgumentException>(() => TensorMemory.Wrap(0, [1], float32));
    }
}
