namespace AniSora.Kernels;

internal static class Order
{
    /// <summary>The value with as many below it as above, of an even number the upper of the two; found without sorting (Hoare's quickselect).</summary>
    /// <param name="values">One or more numbers, none of them NaN; their order is lost.</param>
    public static float Median(Span<float> values)
    {
        int wanted = values.Length / 2;
        for (int low = 0, high = values.Length - 1; low < high;)
        {
            float pivot = values[low + (high - low) / 2];
            int left = low, right = high;
            while (left <= right)
            {
                while (values[left] < pivot)
                    left++;
                while (values[right] > pivot)
                    right--;
                if (left <= right)
                {
                    (values[left], values[right]) = (values[right], values[left]);
                    (left, right) = (left + 1, right - 1);
                }
            }
            (low, high) = wanted <= right ? (low, right) : wanted >= left ? (left, high) : (wanted, wanted);
        }
        return values[wanted];
    }
}
