package random

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

var (
	adverbs = strings.Fields(`barely boldly briefly brightly calmly clearly closely daily deeply
		duly early easily evenly fairly finely firmly freely gently gladly greatly happily
		highly hugely jointly keenly kindly lately lightly loosely loudly merrily mildly mostly
		nearly neatly newly nicely openly plainly poorly quickly quietly rarely really richly
		rightly safely sharply simply slowly smoothly softly solely steadily strictly strongly
		surely swiftly tightly truly usually vastly visibly warmly wholly widely wildly wisely`)
	adjectives = strings.Fields(`able active agile alert amber ample apt awake azure balanced bold
		brave bright brisk calm careful casual certain civil clean clever comic cool cosmic
		crisp curious daring dear deep direct eager early easy elegant equal exact fair fancy
		fast fine firm fleet fond frank free fresh full funny gentle giving glad golden good
		grand great growing handy happy hardy hearty helpful honest humble ideal intense keen
		kind large lively living logical loyal lucky magical mellow merry mighty modern modest
		neat new nice noble normal patient perfect pleasant poetic polite proud pure quick quiet
		rapid rare ready regular rich right robust safe sharp simple smart smooth solid sound
		special stable steady still sunny super sweet tender tidy trusted upright useful vital
		warm welcome whole willing wise witty worthy`)
	animals = strings.Fields(`ant antelope ape badger bat bear beaver bee beetle bird bison boar
		buck bull bunny camel cardinal cat cheetah chicken cobra cod colt condor corgi cougar
		cow coyote crab crane cricket crow deer dingo dog dolphin donkey dove dragon drake duck
		eagle eel elephant elk emu falcon fawn ferret finch fish fly fox frog gannet gator gecko
		gibbon giraffe goat goose gopher grouse gull hare hawk hedgehog hen heron hippo horse
		hound husky iguana impala insect jackal jaguar jay jennet kangaroo katydid kit kite
		kiwi koala ladybug lamb lark lemming lemur leopard lion lizard llama lobster longhorn
		lynx macaque mackerel magpie mako mallard mammal mantis marlin marmot marten martin
		mastiff mink mole monarch monkey moose moth mouse mule muskrat mustang newt octopus
		opossum orca oriole oryx osprey otter owl ox oyster panda panther parrot pelican penguin
		perch pheasant pig pigeon pika piranha pony poodle porpoise possum prawn puma python
		quagga quail rabbit raccoon ram raptor rat raven redbird reindeer rhino robin rooster
		sailfish salmon satyr seal shark sheep shrew shrimp skink skunk sloth slug snail snake
		snipe sole sparrow spider squid squirrel stag stallion starfish stork stud sturgeon
		swan swift tadpole tahr tapir tarpon teal termite terrapin terrier thrush tick tiger toad
		tortoise toucan troll trout tuna turkey turtle unicorn urchin viper vulture wahoo walleye
		wallaby walrus warthog weasel weevil whale whippet wolf wombat worm wren yak zebra`)
)

func randomPet() kit.Resource {
	return kit.Resource{
		Token: "random:index/randomPet:RandomPet",
		Inputs: []kit.Input{
			keepers(),
			{Name: "length", Type: kit.Integer, Default: 2},
			{Name: "prefix", Type: kit.String},
			{Name: "separator", Type: kit.String, Default: "-"},
		},
		Validate: atLeastOne("length"),
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			words, err := petName(req.Inputs.Int("length"))
			if prefix := req.Inputs.String("prefix"); prefix != "" {
				words = append([]string{prefix}, words...)
			}
			// A pet has no output besides its ID, which is its name.
			return kit.Result{
				ID:      strings.Join(words, req.Inputs.String("separator")),
				Outputs: map[string]property.Value{},
			}, err
		},
	}
}

// petName gives one animal, after an adjective when there are two words, after adverbs when there
// are more.
func petName(length int) ([]string, error) {
	words := make([]string, length)
	for i := range words {
		list := adverbs
		switch i {
		case length - 1:
			list = animals
		case length - 2:
			list = adjectives
		}
		choice, err := below(len(list))
		if err != nil {
			return nil, err
		}
		words[i] = list[choice]
	}
	return words, nil
}
