namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            /// <summary>Moves or converts all parameters and buffers below, in place.</summary>
            /// <param name="device">The new device, or null to stay.</param>
            /// <param name="dtype">The new type of floating-point tensors, or null to keep it; whole numbers are never converted.</param>
            /// <remarks>
            /// Each parameter remains the same tensor with new contents, so an optimiser or gradient reducer that holds it
            /// goes on working.
            /// </remarks>
            internal void Convert(Device? device, ScalarType? dtype)
            {
                using var noGrad = no_grad();
                foreach (var parameter in parameters())
                {
                    using var grad = parameter.grad;
                    // A gradient must match its parameter at every moment, so it steps aside for the change.
                    if (grad is not null)
                        parameter.grad = null;
                    ConvertOne(parameter, device, dtype);
                    if (grad is null)
                        continue;
                    ConvertOne(grad, device, dtype);
                    parameter.grad = grad;
                }
                foreach (var buffer in buffers())
                    ConvertOne(buffer, device, dtype);
            }

            private static void ConvertOne(Tensor tensor, Device? device, ScalarType? dtype)
            {
                var type = dtype != null && tensor.dtype.IsFloatingPoint() ? dtype.Value : tensor.dtype;
                if (type == tensor.dtype && (device is null || tensor.device.Equals(device)))
                    return;
                using var data = tensor.detach();
                using var converted = device is null ? data.to(type) : data.to(type, device);
                tensor.set_data(converted);
            }
        }
    }
}
