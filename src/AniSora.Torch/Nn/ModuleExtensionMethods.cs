using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>Conversions that return the module in its own type, for chaining after a constructor.</summary>
/// <remarks>All work in place; parameters stay the same objects. Whole-number tensors keep their type.</remarks>
public static class ModuleExtensionMethods
{
    /// <summary>Moves a module to a device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">The device.</param>
    public static T to<T>(this T module, Device device) where T : nn.Module => Converted(module, device, null);

    /// <summary>Moves a module to a device given as text.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
    public static T to<T>(this T module, string device) where T : nn.Module => Converted(module, new Device(device), null);

    /// <summary>Moves a module to a kind of device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="deviceType">CPU or CUDA.</param>
    /// <param name="deviceIndex">Which of them; -1 for the current one.</param>
    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1) where T : nn.Module =>
        Converted(module, new Device(deviceType, deviceIndex), null);

    /// <summary>Converts a module's floating-point tensors.</summary>
    /// <param name="module">The module.</param>
    /// <param name="type">A floating-point type.</param>
    public static T to<T>(this T module, ScalarType type) where T : nn.Module => Converted(module, null, type);

    /// <summary>Moves and converts a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">The device.</param>
    /// <param name="type">A floating-point type.</param>
    public static T to<T>(this T module, Device device, ScalarType type) where T : nn.Module => Converted(module, device, type);

    /// <summary>Moves a module to the CPU.</summary>
    /// <param name="module">The module.</param>
    public static T cpu<T>(this T module) where T : nn.Module => Converted(module, new Device(DeviceType.CPU), null);

    /// <summary>Moves a module to a CUDA device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="deviceIndex">Which; -1 for the current one.</param>
    public static T cuda<T>(this T module, int deviceIndex = -1) where T : nn.Module =>
        Converted(module, new Device(DeviceType.CUDA, deviceIndex), null);

    private static T Converted<T>(T module, Device? device, ScalarType? type) where T : nn.Module
    {
        if (type is { } given && !given.IsFloatingPoint())
            throw new ArgumentException($"a module's weights cannot be {given}; use a floating-point type", nameof(type));
        module.Convert(device, type);
        return module;
    }
}
