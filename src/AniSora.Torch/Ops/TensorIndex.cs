namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>What an indexer takes for one dimension: an index, a range, everything, a new dimension, or a tensor of indices.</summary>
    public readonly struct TensorIndex
    {
        private TensorIndex(Form kind, long? start = null, long? stop = null, long? step = null, Tensor? tensor = null)
        {
            Kind = kind;
            Start = start;
            Stop = stop;
            Step = step;
            Indices = tensor;
        }

        internal enum Form
        {
            Slice,
            Single,
            None,
            Ellipsis,
            Tensor,
        }

        /// <summary>A new dimension of size 1.</summary>
        public static TensorIndex None => new(Form.None);

        /// <inheritdoc cref="None"/>
        public static TensorIndex Null => new(Form.None);

        /// <summary>As many whole dimensions as there are left.</summary>
        public static TensorIndex Ellipsis => new(Form.Ellipsis);

        /// <summary>The whole dimension.</summary>
        public static TensorIndex Colon => new(Form.Slice);

        internal Form Kind { get; }

        internal long? Start { get; }

        internal long? Stop { get; }

        internal long? Step { get; }

        internal Tensor? Indices { get; }

        /// <summary>One index, whose dimension goes away.</summary>
        /// <param name="index">The index; negative counts from the end.</param>
        public static TensorIndex Single(long index) => new(Form.Single, index);

        /// <summary>A stretch of the dimension.</summary>
        /// <param name="start">The first index; negative counts from the end, null = 0.</param>
        /// <param name="stop">The first index after it; negative counts from the end, null = the end.</param>
        /// <param name="step">Every step-th only; null = 1.</param>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new(Form.Slice, start, stop, step);

        /// <summary>A stretch of the dimension.</summary>
        /// <param name="range">For instance <c>1..^1</c>.</param>
        public static TensorIndex Slice(Range range) => new(Form.Slice, From(range.Start), To(range.End));

        /// <summary>The indices that a tensor holds: integers, or bools that say which.</summary>
        /// <param name="tensor">The tensor.</param>
        public static TensorIndex Tensor(Tensor tensor) => new(Form.Tensor, tensor: tensor);

        /// <summary>One index, whose dimension goes away.</summary>
        /// <param name="value">The index; negative counts from the end.</param>
        public static implicit operator TensorIndex(long value) => Single(value);

        /// <summary>One index, whose dimension goes away.</summary>
        /// <param name="index">The index, for instance <c>^1</c>.</param>
        public static implicit operator TensorIndex(Index index) => Single(From(index));

        /// <summary>A stretch of the dimension.</summary>
        /// <param name="range">For instance <c>1..^1</c>.</param>
        public static implicit operator TensorIndex(Range range) => Slice(range);

        /// <summary>A stretch of the dimension.</summary>
        /// <param name="range">First index and first index after it.</param>
        public static implicit operator TensorIndex((int?, int?) range) => Slice(range.Item1, range.Item2);

        /// <summary>The indices that a tensor holds: integers, or bools that say which.</summary>
        /// <param name="tensor">The tensor.</param>
        public static implicit operator TensorIndex(Tensor tensor) => Tensor(tensor);

        private static long From(Index index) => index.IsFromEnd ? -(long)index.Value : index.Value;

        /// <summary><c>^0</c> is the end, which a negative number cannot say.</summary>
        private static long? To(Index index) => index is { IsFromEnd: true, Value: 0 } ? null : From(index);
    }
}
