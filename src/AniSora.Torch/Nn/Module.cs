using AniSora.Torch.Modules;

namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a network: parameters (trained), buffers (state that is not), and smaller modules, each under a name.
        /// </summary>
        /// <remarks>
        /// Write a subclass of <see cref="Module{T, TResult}"/>, keep parts in fields, and end the constructor with
        /// <see cref="RegisterComponents"/>: every field that holds a module, a <see cref="Parameter"/> or a tensor is
        /// registered under the field's name. Unlike in TorchSharp, a field that would be skipped in silence (a plain
        /// array or list of modules) is an error. Not thread-safe. Forward and backward hooks are not offered.
        /// </remarks>
        public abstract partial class Module : IDisposable
        {
            /// <summary>The name given to the constructor; for messages, not for checkpoints.</summary>
            protected string name;

            private readonly OrderedDictionary<string, Parameter> _parameterTable = new(StringComparer.Ordinal);
            private readonly OrderedDictionary<string, (Tensor tensor, bool persistent)> _bufferTable = new(StringComparer.Ordinal);
            private readonly OrderedDictionary<string, Module> _childTable = new(StringComparer.Ordinal);
            private bool _training = true;
            private bool _disposed;

            /// <summary>Creates a module without parts.</summary>
            /// <param name="name">A name for messages.</param>
            protected Module(string name) => this.name = name;

            /// <summary>Whether the module is in training mode; <see cref="Dropout"/> and the like act only then.</summary>
            public virtual bool training => _training;

            /// <summary>The name given to the constructor.</summary>
            public virtual string GetName() => name;

            /// <summary>Sets training mode here and in all modules below.</summary>
            /// <param name="train">True for training, false for evaluation.</param>
            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var (_, child) in named_children())
                    child.train(train);
            }

            /// <summary>Sets evaluation mode here and in all modules below.</summary>
            public virtual void eval() => train(false);

            /// <summary>Calls a function on every module below and then on this one.</summary>
            /// <param name="fn">What to do, such as initialising weights by the module's type.</param>
            /// <returns>This module.</returns>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in named_children())
                    child.apply(fn);
                fn(this);
                return this;
            }

            /// <summary>Forgets the gradients of all parameters.</summary>
            /// <param name="set_to_none">Whether to free them (the default) or to fill them with zeros.</param>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                    ForgetGradient(parameter, set_to_none);
            }

            /// <summary>Sets whether gradients are computed for all parameters. (An addition to TorchSharp's API.)</summary>
            /// <param name="requires_grad">False freezes the module.</param>
            /// <returns>This module.</returns>
            public Module requires_grad_(bool requires_grad = true)
            {
                foreach (var parameter in parameters())
                    parameter.requires_grad = requires_grad;
                return this;
            }

            /// <summary>Frees the parameters, buffers and modules below.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Frees what the module owns.</summary>
            /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed)
                    return;
                _disposed = true;
                foreach (var (_, child) in _childTable)
                    child.Dispose();
                foreach (var (_, parameter) in _parameterTable)
                    parameter.Dispose();
                foreach (var (_, (tensor, _)) in _bufferTable)
                    tensor.Dispose();
            }

            internal static void ForgetGradient(Parameter parameter, bool set_to_none)
            {
                using var grad = parameter.grad;
                if (grad is null)
                    return;
                if (set_to_none)
                    parameter.grad = null;
                else
                    grad.zero_();
            }
        }
    }
}
