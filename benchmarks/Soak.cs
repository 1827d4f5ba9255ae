using System.Globalization;

namespace AniSora.Benchmarks;

/// <summary>Our side of a row over and over: what leaks shows.</summary>
internal static class Soak
{
    private const int Tenths = 10;

    public static int Run(Row row, int steps)
    {
        string folder = Directory.CreateTempSubdirectory("anisora-soak-").FullName;
        try
        {
            string file = Path.Combine(folder, "inputs.safetensors");
            using (NewDisposeScope())
                TensorFile.Save(file, row.Inputs().Select(i => (i.Key, i.Value)));
            using var inputs = SafeTensorsFile.Open(file);
            var step = row.Ours(inputs);
            Console.WriteLine($"{row.Name}: {row.What}");
            for (int done = 0, tenth = 1; tenth <= Tenths; tenth++)
            {
                for (; done < steps * tenth / Tenths; done++)
                {
                    using var scope = NewDisposeScope();
                    step();
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done,8} steps {Environment.WorkingSet >> 20,8} MiB, of them {GC.GetGCMemoryInfo().TotalCommittedBytes >> 20} managed"));
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
