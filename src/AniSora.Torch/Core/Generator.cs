using AniSora.Torch.Interop;

namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own, so that one consumer's draws don't shift another's.</summary>
    public sealed class Generator : IDisposable
    {
        private nint _handle;

        /// <summary>A new generator.</summary>
        /// <param name="seed">Where its sequence begins.</param>
        /// <param name="device">Where its numbers are made; null = the CPU.</param>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            TorchException.Check(NativeMethods.ani_generator_new((int)this.device.type, this.device.index, seed, out _handle),
                nameof(Generator));
        }

        private Generator(nint handle, Device device)
        {
            _handle = handle;
            this.device = device;
        }

        /// <summary>Frees a forgotten generator.</summary>
        ~Generator() => Free();

        /// <summary>The CPU's own generator, which operators use that were given none. A new object for the same generator.</summary>
        public static Generator Default => DefaultOf(CPU);

        /// <summary>A device's own generator, which operators there use that were given none. A new object for the same generator.</summary>
        internal static Generator DefaultOf(Device device)
        {
            TorchException.Check(NativeMethods.ani_generator_default((int)device.type, device.index, out var handle), nameof(Generator));
            return new Generator(handle, device);
        }

        /// <summary>Where the numbers are made.</summary>
        public Device device { get; }

        /// <summary>The native generator (an <c>at::Generator*</c>).</summary>
        /// <exception cref="ObjectDisposedException">The generator was disposed.</exception>
        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        /// <summary>Begins the sequence of a seed.</summary>
        /// <param name="seed">The seed.</param>
        /// <returns>This generator.</returns>
        public Generator manual_seed(long seed)
        {
            TorchException.Check(NativeMethods.ani_generator_seed(Handle, unchecked((ulong)seed)), nameof(manual_seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>The seed that the present sequence began with.</summary>
        public long initial_seed()
        {
            TorchException.Check(NativeMethods.ani_generator_initial_seed(Handle, out var seed), nameof(initial_seed));
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        /// <summary>Begins the sequence of a seed that the system draws.</summary>
        /// <returns>The seed.</returns>
        public long seed()
        {
            TorchException.Check(NativeMethods.ani_generator_random_seed(Handle, out var value), nameof(seed));
            GC.KeepAlive(this);
            return unchecked((long)value);
        }

        /// <summary>The whole state, as uint8 numbers: with it the sequence continues exactly.</summary>
        public Tensor get_state()
        {
            TorchException.Check(NativeMethods.ani_generator_state(Handle, out var state), nameof(get_state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        /// <summary>Continues from a state.</summary>
        /// <param name="value">What <see cref="get_state"/> gave.</param>
        /// <exception cref="TorchException">It is no such state.</exception>
        public void set_state(Tensor value)
        {
            ArgumentNullException.ThrowIfNull(value);
            TorchException.Check(NativeMethods.ani_generator_set_state(Handle, value.Handle), nameof(set_state), value.Describe());
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        /// <summary>Frees the generator.</summary>
        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            if (Interlocked.Exchange(ref _handle, 0) is var handle and not 0)
                NativeMethods.ani_generator_free(handle);
        }
    }

    /// <summary>Seeds the default generators of all devices.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The CPU's default generator.</returns>
    public static Generator manual_seed(long seed)
    {
        TorchException.Check(NativeMethods.ani_manual_seed(unchecked((ulong)seed)), nameof(manual_seed));
        return Generator.Default;
    }

    /// <summary>The default generator of the CPU.</summary>
    public static class random
    {
        /// <inheritdoc cref="torch.manual_seed(long)"/>
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        /// <summary>The seed that the present sequence began with.</summary>
        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        /// <summary>The whole state, as uint8 numbers.</summary>
        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        /// <summary>Continues from a state.</summary>
        /// <param name="new_state">What <see cref="get_rng_state"/> gave.</param>
        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }
}
