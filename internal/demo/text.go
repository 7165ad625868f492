package demo

import (
	"math/rand/v2"
	"strings"
)

// vocabulary makes text of one language.
type vocabulary struct {
	subjects, verbs, objects, endings []string
	space                             string
}

var english = vocabulary{
	subjects: []string{"The director", "This film", "A young actor", "The whole cast", "My neighbour", "Every scene", "The second half", "Nobody in the room", "The soundtrack", "An old friend"},
	verbs:    []string{"carries", "forgets", "reminds me of", "turns into", "never reaches", "celebrates", "explains", "hides", "rewrites", "deserves"},
	objects:  []string{"the quiet moments of the story", "a much better book", "what the trailer promised", "the first hour", "an ending nobody expected", "every rule of the genre", "the patience of its viewers", "a summer in the city", "the light of the last winter", "its own good idea"},
	endings:  []string{".", ".", ".", "!", ", and it shows.", ", which is a pity.", ", to my surprise.", "?"},
	space:    " ",
}

var chinese = vocabulary{
	subjects: []string{"这个问题", "作者", "老师", "第一步", "下面的代码", "这座城市", "数据", "我们", "机器学习模型", "读者"},
	verbs:    []string{"说明了", "需要", "解决了", "改变了", "描述了", "依赖于", "比较了", "保存了", "避免了", "提出了"},
	objects:  []string{"两种不同的方法", "一个简单的例子", "所有的条件", "更多的时间", "新的想法", "历史和文化", "每一个步骤", "结果的意义", "完整的答案", "读取文件的顺序"},
	endings:  []string{"。", "。", "。", "！", "，这很重要。", "？"},
}

var japanese = vocabulary{
	subjects: []string{"この文章は", "先生は", "次の例は", "東京の天気は", "データは"},
	verbs:    []string{"とても", "いつも", "少し", "たぶん", "本当に"},
	objects:  []string{"分かりやすいです", "大切です", "難しいです", "面白いです", "新しいです"},
	endings:  []string{"。", "。", "！"},
}

// sentences writes n sentences.
func (v vocabulary) sentences(r *rand.Rand, n int) string {
	var text strings.Builder
	for i := range n {
		if i > 0 {
			text.WriteString(v.space)
		}
		text.WriteString(pick(r, v.subjects) + v.space + pick(r, v.verbs) + v.space + pick(r, v.objects) + pick(r, v.endings))
	}
	return text.String()
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
