namespace AniSora.Jupyter.Tests;

/// <summary>A notebook of 300 cells.</summary>
public sealed class SoakTests
{
    [Fact]
    public void CellsThatDeclareNothingLeaveNothingAndTheChainStaysShort()
    {
        using var kernel = new KernelProcess();
        using var client = new KernelClient(kernel.ConnectionFile);
        const string measure = "GC.Collect(); GC.WaitForPendingFinalizers(); GC.Collect(); GC.GetTotalMemory(true)";
        const string loaded = "AppDomain.CurrentDomain.GetAssemblies().Count(assembly => assembly.GetName().Name.StartsWith(\"cell#\"))";
        Run(60);
        long before = long.Parse(client.Run(measure).Ok().Value, System.Globalization.CultureInfo.InvariantCulture);
        int assemblies = int.Parse(client.Run(loaded).Ok().Value, System.Globalization.CultureInfo.InvariantCulture);
        Run(240);
        long after = long.Parse(client.Run(measure).Ok().Value, System.Globalization.CultureInfo.InvariantCulture);
        // One in ten declares something: those may cost, and no others. (About 45 kB each.)
        Assert.InRange((after - before) / 24, -1_000_000, 120_000);
        Assert.InRange(int.Parse(client.Run(loaded).Ok().Value, System.Globalization.CultureInfo.InvariantCulture) - assemblies, 24, 48);

        void Run(int count)
        {
            for (int i = 0; i < count; i++)
            {
                client.Run((i % 10) switch
                {
                    0 => $"int v{i} = {i}; int F{i}(int x) => x + v{i};",
                    1 => $"F{i - 1}(1)",
                    2 => "throw new Exception(\"of the soak\");",
                    3 => "syntax error",
                    4 => "Enumerable.Range(0, 20).Select(i => new { i, Square = i * i })",
                    5 => "display(\"shown\"); Console.WriteLine(\"text\");",
                    _ => $"Math.Sqrt({i}) + 1",
                });
            }
        }
    }
}
