using AniSora.Torch.Recording;

namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Something that computes a <typeparamref name="TResult"/> from a <typeparamref name="T"/>.</summary>
        public interface IModule<in T, out TResult> : IDisposable
        {
            /// <summary>Computes the result.</summary>
            /// <param name="input">The input.</param>
            TResult call(T input);
        }

        /// <summary>A module with one input.</summary>
        public abstract class Module<T, TResult> : Module, IModule<T, TResult>
        {
            /// <inheritdoc/>
            protected Module(string name) : base(name) { }

            /// <summary>What the module computes; callers use <see cref="call"/>.</summary>
            /// <param name="input">The input.</param>
            public abstract TResult forward(T input);

            /// <summary>Runs the module.</summary>
            /// <param name="input">The input.</param>
            public TResult call(T input)
            {
                if (!TorchOp.IsObserved)
                    return forward(input);
                using var running = ModuleTrace.Enter(this);
                return forward(input);
            }
        }

        /// <summary>A module with two inputs.</summary>
        public abstract class Module<T1, T2, TResult> : Module
        {
            /// <inheritdoc/>
            protected Module(string name) : base(name) { }

            /// <summary>What the module computes; callers use <see cref="call"/>.</summary>
            /// <param name="input1">The first input.</param>
            /// <param name="input2">The second input.</param>
            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>Runs the module.</summary>
            /// <param name="input1">The first input.</param>
            /// <param name="input2">The second input.</param>
            public TResult call(T1 input1, T2 input2)
            {
                if (!TorchOp.IsObserved)
                    return forward(input1, input2);
                using var running = ModuleTrace.Enter(this);
                return forward(input1, input2);
            }
        }

        /// <summary>A module with three inputs.</summary>
        public abstract class Module<T1, T2, T3, TResult> : Module
        {
            /// <inheritdoc/>
            protected Module(string name) : base(name) { }

            /// <summary>What the module computes; callers use <see cref="call"/>.</summary>
            /// <param name="input1">The first input.</param>
            /// <param name="input2">The second input.</param>
            /// <param name="input3">The third input.</param>
            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            /// <summary>Runs the module.</summary>
            /// <param name="input1">The first input.</param>
            /// <param name="input2">The second input.</param>
            /// <param name="input3">The third input.</param>
            public TResult call(T1 input1, T2 input2, T3 input3)
            {
                if (!TorchOp.IsObserved)
                    return forward(input1, input2, input3);
                using var running = ModuleTrace.Enter(this);
                return forward(input1, input2, input3);
            }
        }

        /// <summary>A module with four inputs.</summary>
        public abstract class Module<T1, T2, T3, T4, TResult> : Module
        {
            /// <inheritdoc/>
            protected Module(string name) : base(name) { }

            /// <summary>What the module computes; callers use <see cref="call"/>.</summary>
            /// <param name="input1">The first input.</param>
            /// <param name="input2">The second input.</param>
            /// <param name="input3">The third input.</param>
            /// <param name="input4">The fourth input.</param>
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            /// <summary>Runs the module.</summary>
            /// <param name="input1">The first input.</param>
            /// <param name="input2">The second input.</param>
            /// <param name="input3">The third input.</param>
            /// <param name="input4">The fourth input.</param>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                if (!TorchOp.IsObserved)
                    return forward(input1, input2, input3, input4);
                using var running = ModuleTrace.Enter(this);
                return forward(input1, input2, input3, input4);
            }
        }
    }
}
