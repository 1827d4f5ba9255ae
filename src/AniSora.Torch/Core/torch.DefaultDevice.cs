namespace AniSora.Torch;

public static partial class torch
{
    [ThreadStatic] private static Device? _defaultDevice;

    /// <summary>Where this thread makes tensors when nothing else is said; the CPU unless changed.</summary>
    public static Device get_default_device() => _defaultDevice ?? CPU;

    /// <summary>Sets where this thread makes tensors when nothing else is said; <see cref="device_scope"/> does so for a while.</summary>
    /// <param name="device">The device; <see cref="META"/> makes shapes without memory.</param>
    public static void set_default_device(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        // Null for the CPU: libtorch then looks no device up.
        _defaultDevice = device.type == DeviceType.CPU ? null : device;
    }

    /// <inheritdoc cref="set_default_device(Device)"/>
    public static void set_default_device(string device) => set_default_device(new Device(device));

    /// <summary>
    /// Until the result is disposed, this thread makes tensors on a device: whole models are then constructed there, and on
    /// <see cref="META"/> without their memory.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <returns>Brings back the device from before.</returns>
    /// <remarks>
    /// What a device or a generator is given for goes where that says, and what comes from a file or an array's memory begins on the CPU as
    /// ever. Weights that are drawn on a GPU come from its own generator: where they must equal those of the CPU, make the model on the CPU
    /// and move it.
    /// </remarks>
    public static IDisposable device_scope(Device device) => new DeviceScope(device);

    /// <summary>Where a factory puts its result: where it is told, else where its random numbers come from, else on the default device.</summary>
    private static TorchArg On(Device? device, Generator? generator = null) => device ?? generator?.device ?? _defaultDevice;

    private sealed class DeviceScope : IDisposable
    {
        private readonly Device _before = get_default_device();

        internal DeviceScope(Device device) => set_default_device(device);

        public void Dispose() => set_default_device(_before);
    }
}
