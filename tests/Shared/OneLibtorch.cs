using System.Reflection;
using Xunit.v3;

// libtorch's random numbers and number of threads are the whole process's: tests at the same time would draw from each other's seed, and
// compute on as many threads as another one has just set. Each may use all cores for itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AniSora.Tests.Seeded]

namespace AniSora.Tests;

/// <summary>Seeds libtorch before every test, so that it draws the same whichever tests ran before.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SeededAttribute : BeforeAfterTestAttribute
{
    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => manual_seed(1);
}
