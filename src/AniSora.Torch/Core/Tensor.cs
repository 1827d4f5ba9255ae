using System.ComponentModel;
using System.Runtime.CompilerServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>
/// PyTorch's names in C#: tensors and their operators, differentiation, networks (<c>nn</c>) and optimisers (<c>optim</c>), over libtorch.
/// The signatures are TorchSharp's, so code written for either compiles with both.
/// </summary>
public static partial class torch
{
    /// <summary>
    /// An array of numbers of one type, in up to about a dozen dimensions, whose memory is libtorch's. Names and meanings of the
    /// members are PyTorch's, by way of TorchSharp.
    /// </summary>
    /// <remarks>
    /// <para>Ownership: each object owns one reference to the native tensor. Dispose it, or let a <see cref="DisposeScope"/> do so;
    /// a forgotten one is released by its finalizer, and the garbage collector is made to run before such memory adds up.</para>
    /// <para>Threads: different threads may use a tensor at the same time if none changes or disposes it.</para>
    /// </remarks>
    public partial class Tensor : IDisposable
    {
        private static long _live;
        private static long _peak;

        private nint _handle;
        private int _kib;

        /// <summary>Wraps an owned native reference.</summary>
        /// <param name="handle">The native tensor; the object takes over the reference.</param>
        /// <param name="kib">Storage that would be lost if this object were forgotten, in KiB.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Tensor(nint handle, int kib = 0)
        {
            _handle = handle;
            _kib = kib;
            Interlocked.Increment(ref _live);
            if (kib != 0)
                MemoryWatch.Grow(kib);
            DisposeScope.Current?.Add(this);
        }

        /// <summary>Takes over another object's native tensor, and leaves that object disposed.</summary>
        /// <param name="source">The object to empty.</param>
        protected Tensor(Tensor source)
        {
            ArgumentNullException.ThrowIfNull(source);
            _handle = source.Handle;
            _kib = source._kib;
            Interlocked.Increment(ref _live);
            source._kib = 0;
            source._handle = 0;
            source.Dispose();
            DisposeScope.Current?.Add(this);
        }

        /// <summary>Releases a forgotten tensor.</summary>
        ~Tensor() => Release(forgotten: true);

        /// <summary>Tensor objects that are not disposed, in the whole process.</summary>
        public static long TotalCount => Volatile.Read(ref _live);

        /// <summary>The highest <see cref="TotalCount"/> that a call of this property has seen.</summary>
        public static long PeakCount => _peak = Math.Max(_peak, TotalCount);

        /// <summary>The native tensor (a <c>c10::TensorImpl*</c>); it lives as long as this object is reachable and not disposed.</summary>
        /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
        public nint Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _handle != 0 ? _handle : throw Disposed();
        }

        /// <summary>Whether the tensor was disposed.</summary>
        public bool IsInvalid => _handle == 0;

        internal DisposeScope? Scope { get; set; }

        internal int ScopeIndex { get; set; }

        /// <summary>Another object for the same native tensor: changing one changes the other, and each is disposed on its own.</summary>
        public Tensor alias()
        {
            var copy = new Tensor(NativeMethods.ani_retain(Handle));
            GC.KeepAlive(this);
            return copy;
        }

        /// <summary>Releases the tensor's memory, unless a view or a graph still needs it. May be called twice.</summary>
        public void Dispose()
        {
            Scope?.Remove(this);
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Releases the native tensor.</summary>
        /// <param name="disposing">True from <see cref="Dispose()"/>.</param>
        protected virtual void Dispose(bool disposing) => Release(forgotten: !disposing);

        /// <summary>Takes the tensor out of its scope's care: the caller disposes it.</summary>
        /// <returns>This tensor.</returns>
        public Tensor DetachFromDisposeScope()
        {
            Scope?.Remove(this);
            return this;
        }

        /// <summary>Hands the tensor to the scope around its own, or to the caller when there is none.</summary>
        /// <returns>This tensor.</returns>
        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Hands the tensor to another scope of this thread; null = to the caller.</summary>
        /// <param name="other">The scope.</param>
        /// <returns>This tensor.</returns>
        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            DetachFromDisposeScope();
            other?.Attach(this);
            return this;
        }

        /// <summary>Type and shape, for error messages: <c>float32[2, 3]</c>.</summary>
        internal unsafe string Describe()
        {
            TensorInfo info;
            if (_handle == 0)
                return "disposed tensor";
            if (NativeMethods.ani_info(_handle, &info) != Status.Ok)
                return "tensor";
            var text = $"{NameOf((ScalarType)info.DType)}[{string.Join(", ", new ReadOnlySpan<long>(info.Sizes, info.Dimensions).ToArray())}]";
            GC.KeepAlive(this);
            return info.DeviceType == 0 ? text : $"{text} on {device}";
        }

        /// <summary>For the scope that is ending, which forgets its whole list at once.</summary>
        internal void DisposeFromScope()
        {
            Scope = null;
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Reads the native description. The caller keeps this object alive while it uses the pointers.</summary>
        internal unsafe TensorInfo Info()
        {
            TensorInfo info;
            TorchException.Check(NativeMethods.ani_info(Handle, &info), "tensor");
            return info;
        }

        private void Release(bool forgotten)
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0)
            {
                NativeMethods.ani_release(handle);
                if (_kib != 0)
                    MemoryWatch.Shrink(_kib, forgotten);
                Interlocked.Decrement(ref _live);
            }
        }

        [EditorBrowsable(EditorBrowsableState.Never)]
        private static ObjectDisposedException Disposed() =>
            new(nameof(Tensor),
                "the tensor was disposed: its using block or dispose scope has ended (MoveToOuterDisposeScope keeps a result)");
    }
}
