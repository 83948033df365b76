setTimeout(() => location.reload(), 3000); // a run is under way: show how far it is
